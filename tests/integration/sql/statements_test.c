/* Every statement of one service against its migrated schema: it prepares, and PostgreSQL's types are ours.
 * Compiled once per service, with its name as SERVICE. */
#include <criterion/criterion.h>
#include <postgresql/libpq-fe.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "common/db/conn.h"
#include "tests/kit/kit.h"

#define PASTE(a, b)  a##b
#define OF(a, b)     PASTE(a, b)
#define QUOTE(a)     #a
#define NAME(a)      QUOTE(a)
#define statements   OF(SERVICE, _statements)
#define n_statements OF(SERVICE, _n_statements)
#define migrations   OF(SERVICE, _migrations)
#define n_migrations OF(SERVICE, _n_migrations)

/* PostgreSQL's numbers of varchar, char(n) and name, which read as text, and of one that is not ours. */
enum { OID_NAME = 19, OID_BPCHAR = 1042, OID_VARCHAR = 1043, OID_INT2_ARRAY = 1005 };

extern const struct db_stmt *const statements[];
extern const size_t n_statements, n_migrations;
extern const struct db_migration migrations[];

static const struct kit_database *db;
static PGconn *pg;
static int breaches;

static void
open_schema(void)
{
	db = kit_db_fresh(NAME(SERVICE), migrations, n_migrations);
	pg = PQconnectdb(db->url);
	cr_assert_eq(PQstatus(pg), CONNECTION_OK, "%s", PQerrorMessage(pg));
	PQclear(PQexec(pg, "SET search_path TO " NAME(SERVICE)));
	breaches = 0;
}

static void
close_schema(void)
{
	PQfinish(pg);
}
TestSuite(sql, .init = open_schema, .fini = close_schema, .timeout = 120);

static void
breach(const struct db_stmt *s, const char *what, const char *detail)
{
	cr_log_error("%s: %s: %s", s->name, what, detail);
	breaches++;
}

static bool
same_type(Oid got, enum db_type declared)
{
	bool textual = got == OID_NAME || got == OID_BPCHAR || got == OID_VARCHAR || got >= DB_OID_OWN;

	return got == db_oid(declared) || (declared == DB_TEXT && textual);
}

/* What PostgreSQL says of the statement, prepared with our types of its parameters or with none at all; NULL when
 * it refuses. */
static PGresult *
described(const struct db_stmt *s, bool with_types)
{
	Oid types[DB_MAX_ARGS];
	PGresult *res;

	for (size_t i = 0; i < s->n_in; i++)
		types[i] = db_oid(s->in[i]);
	res = PQprepare(pg, "", s->text, with_types ? (int)s->n_in : 0, types);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		breach(s, "does not prepare", PQresultErrorMessage(res));
		PQclear(res);
		return NULL;
	}
	PQclear(res);
	return PQdescribePrepared(pg, "");
}

/* Columns are read by their place. A name that is declared for another place, which has another one, was swapped. */
static bool
swapped(const struct db_stmt *s, const PGresult *is, size_t here)
{
	const char *column = PQfname(is, (int)here);

	for (size_t i = 0; i < s->n_out; i++)
		if (i != here && strcmp(s->out[i].name, column) == 0 && strcmp(PQfname(is, (int)i), column) != 0)
			return true;
	return false;
}

/* What a statement gives that is not taken (SELECT of a lock) does not matter. */
static void
compare_rows(const struct db_stmt *s, const PGresult *is)
{
	if ((size_t)PQnfields(is) != s->n_out && s->n_out > 0) {
		breach(s, "gives another number of columns", kit_print("%d, declared %zu", PQnfields(is), s->n_out));
		return;
	}
	for (size_t i = 0; i < s->n_out; i++) {
		Oid got = PQftype(is, (int)i);

		if (!same_type(got, s->out[i].type))
			breach(s, s->out[i].name, kit_print("is of type %u, declared %u", got, db_oid(s->out[i].type)));
		if (swapped(s, is, i))
			breach(s, s->out[i].name, kit_print("is column \"%s\" of the result", PQfname(is, (int)i)));
	}
}

/* Told our type, PostgreSQL widens it where it wants more, and makes a text of what is cast to one. The other way
 * round a value could be too large for its column. */
static bool
widens(enum db_type declared, Oid wanted)
{
	if (declared == DB_INT2)
		return wanted == DB_OID_INT4 || wanted == DB_OID_INT8 || wanted == DB_OID_TEXT;
	if (declared == DB_INT4)
		return wanted == DB_OID_INT8;
	return declared == DB_INT4_ARRAY && wanted == OID_INT2_ARRAY;      /* only ever compared */
}

static void
compare_parameters(const struct db_stmt *s, const PGresult *is)
{
	if ((size_t)PQnparams(is) != s->n_in) {
		breach(s, "takes another number of parameters", kit_print("%d, declared %zu", PQnparams(is), s->n_in));
		return;
	}
	for (size_t i = 0; i < s->n_in; i++)
		if (!same_type(PQparamtype(is, (int)i), s->in[i]) && !widens(s->in[i], PQparamtype(is, (int)i)))
			breach(s, kit_print("$%zu", i + 1),
			    kit_print("is of type %u, declared %u", PQparamtype(is, (int)i), db_oid(s->in[i])));
}

static void
compare_all(bool with_types)
{
	for (size_t i = 0; i < n_statements; i++) {
		PGresult *is = described(statements[i], with_types);

		if (is == NULL)
			continue;
		compare_parameters(statements[i], is);
		compare_rows(statements[i], is);
		PQclear(is);
	}
	cr_assert_eq(breaches, 0);
}

Test(sql, every_statement_prepares_and_gives_the_columns_it_declares)
{
	cr_assert_gt(n_statements, 0);
	compare_all(true);
}

Test(sql, what_postgresql_infers_of_the_parameters_is_what_is_declared)
{
	compare_all(false);
}

/* ---- plans */

/* Tables that stay as small as they are: a row per partition, plan, kind of job, program or receiver outside, or
 * one in all; of categories there are five hundred at most. */
static const char *const small[] = { "outbox_head", "inbox_cursor", "plan_info", "job_days", "outbox_subscriber",
	"guard", "hint_budget", "webhook", "webhook_replay", "category" };

/* Indexes that hold no more than what the statement is after. And the one of products in an order: in a table without a
 * row it is as good a way to a single one as its key, which is forgotten with the first ANALYZE. */
static const char *const whole[] = { "jobs_parked", "product_by_category_price" };

/* Once a day, and most of what they read goes. */
static const char *const sweeps[] = { "identity_reap" };

static bool
is_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0 && strchr(" \n", name[strlen(names[i])]) != NULL)
			return true;
	return false;
}
#define IS_AMONG(names, name) is_among(names, COUNT_OF(names), name)

/* As common/db/conn.c has them. */
static void
plan_as_we_do(void)
{
	PQclear(PQexec(pg, "SET enable_seqscan TO off; SET plan_cache_mode TO force_generic_plan; SET jit TO off"));
}

static const char *
plan_of(const struct db_stmt *s)
{
	const char *nulls = "", *plan = "";
	PGresult *res;

	for (size_t i = 0; i < s->n_in; i++)
		nulls = kit_print("%s%sNULL", nulls, i > 0 ? ", " : "");
	PQclear(PQprepare(pg, s->name, s->text, 0, NULL));
	res = PQexec(pg, kit_print("EXPLAIN EXECUTE %s%s%s%s", s->name, s->n_in > 0 ? "(" : "", nulls, s->n_in > 0 ? ")" : ""));
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		breach(s, "is not explained", PQresultErrorMessage(res));
	for (int i = 0; i < PQntuples(res); i++)
		plan = kit_print("%s%s\n", plan, PQgetvalue(res, i, 0));
	PQclear(res);
	return plan;
}

/* Told not to, PostgreSQL reads a table from end to end only where no index would do. What takes parameters looks
 * something up; what takes none is a whole list that is meant. */
Test(sql, no_look_up_reads_a_whole_table)
{
	static const char scan[] = "Seq Scan on ";

	plan_as_we_do();
	for (size_t i = 0; i < n_statements; i++) {
		const char *plan = statements[i]->n_in > 0 ? plan_of(statements[i]) : "";

		for (const char *at = plan; (at = strstr(at, scan)) != NULL; at++)
			if (!IS_AMONG(small, at + strlen(scan)))
				breach(statements[i], "reads a whole table", plan);
	}
	cr_assert_eq(breaches, 0);
}

/* The name of the index that the line of a plan at `at` walks along; NULL when it is another kind of line. */
static const char *
index_of(const char *at)
{
	static const char *const kinds[] = { "Bitmap Index Scan on ", "Index Scan using ", "Index Scan Backward using ",
		"Index Only Scan using ", "Index Only Scan Backward using " };

	at += strspn(at, " ->");
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strncmp(at, kinds[i], strlen(kinds[i])) == 0)
			return at + strlen(kinds[i]);
	return NULL;
}

/* Is the first column of the index compared in `cond`, the line below? Without that all of the index is read. */
static bool
is_look_up(const char *index, const char *cond)
{
	static const char lead[] = "Index Cond: ";
	int   name = (int)strcspn(index, " \n"), line;
	bool  found = false;

	cond += strspn(cond, " ");
	line = (int)strcspn(cond, "\n");
	PGresult *res = PQexec(pg, kit_print("SELECT pg_get_indexdef(c.oid, 1, true), i.indrelid::regclass || ' ' FROM pg_class c "
	    "JOIN pg_index i ON i.indexrelid = c.oid WHERE c.oid = '%.*s'::regclass", name, index));
	if (PQntuples(res) == 1)
		found = IS_AMONG(small, PQgetvalue(res, 0, 1)) || (strncmp(cond, lead, strlen(lead)) == 0 &&
		    strstr(kit_print("%.*s", line, cond), PQgetvalue(res, 0, 0)) != NULL);
	PQclear(res);
	return found;
}

static void
compare_indexes(const struct db_stmt *s)
{
	const char *plan = plan_of(s);

	for (const char *at = plan; *at != '\0'; at = strchr(at, '\n') + 1) {
		const char *index = index_of(at);

		if (index != NULL && !IS_AMONG(whole, index) && !is_look_up(index, strchr(at, '\n') + 1))
			breach(s, "reads a whole index", plan);
	}
}

/* The planner of a table without rows takes reading all of an index for no dearer than looking something up, and what it
 * has planned is kept while the table grows. */
Test(sql, no_look_up_reads_a_whole_index)
{
	plan_as_we_do();
	for (size_t i = 0; i < n_statements; i++)
		if (statements[i]->n_in > 0 && !is_among(sweeps, COUNT_OF(sweeps), kit_print("%s ", statements[i]->name)))
			compare_indexes(statements[i]);
	cr_assert_eq(breaches, 0);
}

/* A queue is empty most of the time, and when it is looked at by ANALYZE too. What is claimed and ended for each job, and
 * the relay, which has no bitmaps, must not read the queue for each of its rows when there are many at once. */
Test(sql, a_queue_that_was_empty_when_it_was_analysed_is_looked_up_in_all_the_same)
{
	static const char *const some[] = { "job_put", "job_cancel", "job_look", "job_claim_leased", "job_claim_locked",
		"job_done_leased", "job_done_locked", "job_again_leased", "job_again_locked", "job_failed", "outbox_sweep",
		"outbox_after" };
	size_t seen = 0;

	plan_as_we_do();
	PQclear(PQexec(pg, "SET enable_bitmapscan TO off"));
	(void)kit_db_sql(db, "ANALYZE jobs, outbox");
	for (size_t i = 0; i < n_statements; i++)
		if (is_among(some, COUNT_OF(some), kit_print("%s ", statements[i]->name))) {
			compare_indexes(statements[i]);
			seen++;
		}
	cr_assert_eq(seen, COUNT_OF(some));
	cr_assert_eq(breaches, 0);
}

/* "… IN (SELECT … LIMIT $2)": how many that will be is not known to a plan, which therefore reads the whole table to find
 * a tenth of it. "= ANY (ARRAY(SELECT … LIMIT $2))" is a look-up for each. */
Test(sql, nothing_is_looked_for_among_an_unknown_number)
{
	regex_t many;

	cr_assert_eq(regcomp(&many, "IN[[:space:]]*\\([[:space:]]*SELECT[^()]*LIMIT[[:space:]]+\\$", REG_EXTENDED | REG_NOSUB), 0);
	for (size_t i = 0; i < n_statements; i++)
		if (regexec(&many, statements[i]->text, 0, NULL, 0) == 0)
			breach(statements[i], "looks among an unknown number", statements[i]->text);
	regfree(&many);
	cr_assert_eq(breaches, 0);
}

static bool
is_deleted_from(const char *table)
{
	const char *phrase = kit_print("DELETE FROM %s", table);

	for (size_t i = 0; i < n_statements; i++) {
		const char *at = strstr(statements[i]->text, phrase);
		if (at != NULL && strchr(" \n;", at[strlen(phrase)]) != NULL)
			return true;
	}
	return false;
}

/* Whether others refer to a row that goes is asked of all their rows, so an index of some of them is no help. Of discounts
 * there are few. */
Test(sql, who_refers_to_a_row_that_is_deleted_is_looked_up)
{
	PGresult *res = PQexec(pg, "SELECT k.confrelid::regclass, k.conrelid::regclass || ' by ' || k.conname FROM pg_constraint k "
	    "WHERE k.contype = 'f' AND k.conrelid::regclass::text <> 'discount' AND NOT EXISTS (SELECT FROM pg_index i "
	    "WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1] "
	    "AND coalesce(pg_get_expr(i.indpred, i.indrelid), 'IS NOT NULL') LIKE '%IS NOT NULL%')");

	cr_assert_eq(PQresultStatus(res), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(res));
	for (int i = 0; i < PQntuples(res); i++)
		cr_expect_not(is_deleted_from(PQgetvalue(res, i, 0)), "%s", PQgetvalue(res, i, 1));
	PQclear(res);
}
