/* The kit's databases: migrated, apart from each other, with the rights of production. */
#include <criterion/criterion.h>
#include <signal.h>
#include "tests/kit/kit.h"

static const struct db_migration files[] = {
	{ "0001_thing.sql", "CREATE TABLE thing (n int PRIMARY KEY); INSERT INTO thing VALUES (7);\n"
	    "CREATE FUNCTION seven() RETURNS int LANGUAGE sql AS 'SELECT 7';" },
};

Test(kit, a_fresh_database_is_migrated_and_speaks_in_its_schema)
{
	const struct kit_database *db = kit_db_fresh("commerce", files, COUNT_OF(files));

	cr_assert_str_eq(kit_db_sql(db, "SELECT n, current_schema() FROM thing"), "7|commerce");
	kit_db_drop(db);
}

Test(kit, two_databases_of_one_template_know_nothing_of_each_other)
{
	const struct kit_database *a = kit_db_fresh("commerce", files, COUNT_OF(files));
	const struct kit_database *b = kit_db_fresh("commerce", files, COUNT_OF(files));

	kit_db_sql(a, "INSERT INTO thing VALUES (%d)", 8);
	cr_assert_str_eq(kit_db_sql(a, "SELECT n FROM thing ORDER BY n"), "7\n8");
	cr_assert_str_eq(kit_db_sql(b, "SELECT n FROM thing"), "7");
}

Test(kit, a_runtime_role_writes_rows_of_its_own_schema_and_can_do_nothing_else)
{
	const struct kit_database *db = kit_db_fresh("commerce", files, COUNT_OF(files));
	static const struct { const char *ask, *answer; } rights[] = {
		{ "has_table_privilege('dure_commerce', 'thing', 'SELECT, INSERT, UPDATE, DELETE')", "t" },
		{ "has_table_privilege('dure_commerce', 'thing', 'TRUNCATE')", "f" },
		{ "has_schema_privilege('dure_commerce', 'commerce', 'CREATE')", "f" },
		{ "has_function_privilege('dure_commerce', 'seven()', 'EXECUTE')", "t" },
		{ "has_schema_privilege('dure_auth', 'commerce', 'USAGE')", "f" },
		{ "has_table_privilege('dure_auth', 'thing', 'SELECT')", "f" },
		{ "has_function_privilege('dure_auth', 'seven()', 'EXECUTE')", "f" },
		{ "has_database_privilege('dure_commerce', current_database(), 'CONNECT')", "t" },
		{ "has_database_privilege('dure_commerce', current_database(), 'CREATE')", "f" },
		{ "has_database_privilege('dure_commerce', current_database(), 'TEMP')", "f" },
		{ "pg_has_role('dure_commerce', 'dure_commerce_owner', 'MEMBER')", "f" },
		{ "bool_or(rolsuper OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname LIKE 'dure%'", "f" },
	};

	for (size_t i = 0; i < COUNT_OF(rights); i++)
		cr_assert_str_eq(kit_db_sql(db, "SELECT %s", rights[i].ask), rights[i].answer, "%s", rights[i].ask);
}

Test(kit, the_common_tables_come_from_the_tree)
{
	const struct kit_database *db = kit_db_common("auth");

	cr_assert_str_eq(kit_db_sql(db, "SELECT count(*) FROM outbox"), "0");
}

Test(kit, waiting_ends_when_the_condition_holds)
{
	int asked = 0;

	kit_until(1000, ++asked == 3);
	cr_assert_eq(asked, 3);
	kit_throughout(20, asked == 3);
}

Test(kit, waiting_in_vain_fails_the_test, .signal = SIGABRT)
{
	kit_until(20, false);
}
