/* POST /internal/access-log: a batch of the gateway's, one statement for all rows. */
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/access_log/record.sql.h"
#include "services/auth/access_log/id.h"

enum { ROWS_MAX = 500 };

/* The rows by column, as the statement takes them. */
struct columns {
	struct uuid id[ROWS_MAX], user[ROWS_MAX], company[ROWS_MAX], session[ROWS_MAX];
	struct text request_id[ROWS_MAX], method[ROWS_MAX], path[ROWS_MAX], ip[ROWS_MAX], agent[ROWS_MAX];
	int64_t     at[ROWS_MAX], duration[ROWS_MAX];
	int32_t     status[ROWS_MAX];
};

static void
put(struct columns *c, size_t i, const struct access_log_row *row)
{
	c->id[i] = access_log_id(row->at, row->request_id);
	c->user[i] = row->user_id;
	c->company[i] = row->company_id;
	c->session[i] = row->session_id;
	c->request_id[i] = row->request_id;
	c->method[i] = row->method;
	c->path[i] = row->path;
	c->ip[i] = row->ip;
	c->agent[i] = row->agent;
	c->at[i] = row->at;
	c->duration[i] = row->duration_us;
	c->status[i] = row->status;
}

const struct err *
access_log_record(struct req *rq, const struct access_log_record_in *in)
{
	struct columns *c = NEW(rq->mem, struct columns);
	size_t n = in->n_rows;

	SURE(n <= ROWS_MAX);
	for (size_t i = 0; i < n; i++)
		put(c, i, &in->rows[i]);
	return sql_access_log_record(rq, &(struct sql_access_log_record_in){ .id = c->id, .n_id = n,
		.request_id = c->request_id, .n_request_id = n, .at_us = c->at, .n_at_us = n, .user_id = c->user,
		.n_user_id = n, .company_id = c->company, .n_company_id = n, .session_id = c->session, .n_session_id = n,
		.method = c->method, .n_method = n, .path = c->path, .n_path = n, .status = c->status, .n_status = n,
		.duration_us = c->duration, .n_duration_us = n, .ip = c->ip, .n_ip = n, .agent = c->agent, .n_agent = n });
}
