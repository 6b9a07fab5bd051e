/* GET /api/me: the caller, the companies, the current one, the effective permissions. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/user/me.sql.h"

/* A leaf is effective only while its group switch is on. */
static bool
effective(uint64_t flags, int bit)
{
	int group = permission_group[bit];

	return (flags >> bit & 1) != 0 && (group < 0 || (flags >> group & 1) != 0);
}

static void
list_permissions(struct req *rq, uint64_t flags, struct me *out)
{
	out->permissions = NEWS(rq->mem, struct text, PERMISSION_COUNT);
	for (int bit = 0; bit < PERMISSION_COUNT; bit++)
		if (effective(flags, bit))
			out->permissions[out->n_permissions++] = text_of(permission_words[bit]);
}

static struct my_company
company_of(const struct sql_me_find_row *row)
{
	return (struct my_company){ .company_id = row->company_id, .code = row->code, .name = row->company_name,
		.subdomain = row->subdomain, .placeholder = row->placeholder, .owner = row->owner, .state = row->state,
		.template = row->template };
}

static void
list_companies(struct req *rq, const struct sql_me_find_row *rows, size_t n, struct me *out)
{
	out->n_companies = uuid_is_nil(rows[0].company_id) ? 0 : n;
	out->companies = NEWS(rq->mem, struct my_company, out->n_companies);
	for (size_t i = 0; i < out->n_companies; i++)
		out->companies[i] = company_of(&rows[i]);
	out->has_company = out->n_companies > 0 && text_is(rows[0].state, "member");
	if (out->has_company)
		out->company = out->companies[0];
}

const struct err *
me_read(struct req *rq, struct me *out)
{
	struct sql_me_find_row *rows;
	size_t n;

	TRY(sql_me_find(rq, rq->user, &rows, &n));
	if (n == 0)
		return FAIL(rq, NOT_FOUND, "user.not_found", "this user is gone");
	*out = (struct me){ .user_id = rq->user, .token_type = rq->who == WHO_OPERATOR ? TEXT("operator") : TEXT("staff"),
		.name = rows[0].name, .phone = rows[0].phone, .email = rows[0].email };
	list_companies(rq, rows, n, out);
	list_permissions(rq, out->has_company ? (uint64_t)rows[0].flags : 0, out);
	return NULL;
}
