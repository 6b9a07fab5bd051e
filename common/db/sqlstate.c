/* What a failed statement means to us: SQLSTATE becomes code, slug and a sentence without data in it. */
#include <string.h>
#include <time.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/conn.h"
#include "common/metrics/metrics.h"

enum made { PLAIN, NAMED, OURS };

static const struct meaning {
	const char   *state;
	enum err_code code;
	const char   *slug;
	enum made     made;
	bool          drop;
	const char   *sentence;
} meanings[] = {
#define SQLSTATE(state, code, slug, made, drop, sentence) { state, E_##code, slug, made, drop, sentence },
#include "common/db/sqlstate.def"
#undef SQLSTATE
};

METRIC(errors, COUNTER, "dure_db_errors_total", "slug", "Statements that PostgreSQL refused");

static const char *
field(const PGresult *res, int which, const char *otherwise)
{
	const char *said = PQresultErrorField(res, which);

	return said == NULL ? otherwise : said;
}

static const struct meaning *
meaning_of(const char *state)
{
	size_t i = 0;

	while (strncmp(meanings[i].state, state, strlen(meanings[i].state)) != 0)
		i++;      /* the last row fits everything */
	return &meanings[i];
}

/* "slug|sentence", raised by our own PL/pgSQL. */
static struct err *
ours(struct req *rq, const struct meaning *m, const char *message)
{
	struct text rest = text_of(message), slug = text_cut(&rest, '|');

	if (rest.at == NULL || slug.len == 0)
		return err_at(rq, __FILE__, __LINE__, m->code, m->slug, "%s", m->sentence);
	return err_at(rq, __FILE__, __LINE__, m->code, arena_copy(rq->mem, slug).at, "%.*s", TEXT_ARG(rest));
}

static struct err *
judged(struct req *rq, const struct meaning *m, const PGresult *res)
{
	const char *slug = m->slug;

	if (m->made == OURS)
		return ours(rq, m, field(res, PG_DIAG_MESSAGE_PRIMARY, ""));
	if (m->made == NAMED)
		slug = arena_printf(rq->mem, "%s.%s", m->slug, field(res, PG_DIAG_CONSTRAINT_NAME, "unnamed"));
	return err_at(rq, __FILE__, __LINE__, m->code, slug, "%s", m->sentence);
}

/* The server's own words go into the cause only: DETAIL, which quotes data, into neither. */
const struct err *
db_err_of(struct req *rq, const PGresult *res, const struct db_stmt *s, bool *drop)
{
	const char *state = field(res, PG_DIAG_SQLSTATE, "08000");
	const struct meaning *m = meaning_of(state);
	struct err *e = judged(rq, m, res);

	e->cause = err_at(rq, __FILE__, __LINE__, m->code, m->slug, "%s in %s: %s", state,
	    s == NULL ? "the pipeline" : s->name, field(res, PG_DIAG_MESSAGE_PRIMARY, PQresultErrorMessage(res)));
	*drop = m->drop || strcmp(field(res, PG_DIAG_SEVERITY_NONLOCALIZED, ""), "FATAL") == 0;
	metric_add(&errors, m->slug, 1);
	return e;
}

bool
db_should_rerun(const struct err *e)
{
	static const char *const slugs[] = { "db.serialization", "db.deadlock", "db.plan_outdated" };

	for (size_t i = 0; e != NULL && i < COUNT_OF(slugs); i++)
		if (strcmp(e->slug, slugs[i]) == 0)
			return true;
	return false;
}

void
db_rerun_pause(int runs)
{
	const struct timespec pause = { 0, (2000L + (long)random_below((uint32_t)runs * 20000)) * 1000 };

	(void)nanosleep(&pause, NULL);
}
