/* What operators take away by hand: a company, permissions. Sessions live on and know it at once. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/permissions.gen.h"
#include "services/auth/member/remove.h"
#include "services/auth/template/set.h"
#include "tests/integration/auth/command.h"

TestSuite(member, .init = world_open, .fini = world_close, .timeout = 120);

static const char *
code_of(struct uuid company)
{
	return kit_sql(k, "SELECT code FROM company WHERE id = '%s'", id_of(company));
}

/* Makes p a member of the other company, its own asleep meanwhile. */
static void
works_for(struct person p, struct person owner)
{
	(void)kit_sql(k, "UPDATE membership SET state = 'dormant' WHERE user_id = '%s'", id_of(p.user));
	(void)kit_sql(k, "INSERT INTO membership SELECT '%s', company_id, id, 'member', created_at FROM permission_template"
	    " WHERE company_id = '%s' AND kind = 'member'", id_of(p.user), id_of(owner.company));
}

static struct said
remove_member(const char *phone)
{
	return command(command_member, NULL, WORDS("member", "remove", phone));
}

Test(member, one_who_is_removed_keeps_the_session_and_loses_company_and_permissions_there)
{
	struct person p = join(1);
	struct login one = log_in(1), two = log_in(1);
	const struct membership_ended_v1 *ended;
	struct said s = remove_member("010-1000-0001");

	cr_assert_null(s.slug);
	cr_assert_not_null(strstr(s.said, kit_print("before   member of company %s, template 소유주", code_of(p.company))),
	    "%s", s.said);
	cr_assert_not_null(strstr(s.said, kit_print("after    not in company %s\nsessions 2\n", code_of(p.company))), "%s", s.said);
	cr_assert(gate(&one).session.state == SESSION_ALIVE && uuid_is_nil(gate(&one).session.company));
	cr_assert(gate(&one).session.permissions == 0 && gate(&two).session.permissions == 0);
	ended = kit_event(k, &membership_ended_v1_event);
	cr_assert(uuid_eq(ended->user_id, p.user) && uuid_eq(ended->company_id, p.company));
	cr_assert_eq(refresh(one.refresh).status, 200);
	cr_assert_str_eq(remove_member(p.phone).slug, "member.not_found", "once");
	cr_assert(kit_no_event(k));
}

Test(member, the_company_that_slept_is_the_current_one_again)
{
	struct person owner = join(1), p = join(2);
	struct login l;
	struct said s;

	works_for(p, owner);
	l = log_in(2);
	cr_assert(uuid_eq(gate(&l).session.company, owner.company));
	cr_assert_eq(gate(&l).session.permissions, PERMISSIONS_MEMBER);
	s = command(command_member, NULL, WORDS("member", "remove", p.phone, code_of(owner.company)));
	cr_assert_null(s.slug);
	cr_assert_not_null(strstr(s.said, kit_print("after    member of company %s", code_of(p.company))), "%s", s.said);
	cr_assert(uuid_eq(gate(&l).session.company, p.company));
	cr_assert_eq(gate(&l).session.permissions, PERMISSIONS_OWNER);
}

Test(member, a_company_that_only_slept_goes_and_the_current_one_stays)
{
	struct person owner = join(1), p = join(2);
	struct login l;

	works_for(p, owner);
	l = log_in(2);
	cr_assert_null(command(command_member, NULL, WORDS("member", "remove", p.phone, code_of(p.company))).slug);
	cr_assert(uuid_eq(gate(&l).session.company, owner.company));
	cr_assert_str_eq(kit_sql(k, "SELECT state FROM membership WHERE user_id = '%s'", id_of(p.user)), "member");
}

Test(member, other_peoples_sessions_and_those_that_ended_are_left_alone)
{
	struct login gone, other;

	(void)join(1);
	(void)join(2);
	gone = log_in(1);
	other = log_in(2);
	cr_assert_eq(log_out(&gone).status, 204);
	cr_assert_not_null(strstr(remove_member(phone_number(1)).said, "sessions 0\n"));
	cr_assert_eq(gate(&gone).session.state, SESSION_REVOKED);
	cr_assert_eq(gate(&other).session.permissions, PERMISSIONS_OWNER);
}

static void *
remove_stuck(void *slug)
{
	*(const char **)slug = remove_member(phone_number(1)).slug;
	return NULL;
}

/* Held where a kill would strike: committed, Redis not told. */
Test(member, a_command_that_dies_before_telling_redis_has_left_jobs_that_do)
{
	const char *slug = "", *key;
	struct login l;
	pthread_t thread;

	(void)join(1);
	l = log_in(1);
	kit_fault(k, "member.removed=hold");
	cr_assert_eq(pthread_create(&thread, NULL, remove_stuck, &slug), 0);
	kit_until(5000, *(key = kit_sql(k, "SELECT key FROM jobs WHERE kind = 'session_copy'")) != '\0');
	cr_assert_eq(gate(&l).session.permissions, PERMISSIONS_OWNER, "Redis has not heard yet");
	cr_assert_null(kit_job(k, "session_copy", key, ""));
	cr_assert_eq(gate(&l).session.permissions, 0);
	kit_fault(k, "");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_null(slug);
}

static void *
log_in_meanwhile(void *l)
{
	*(struct login *)l = log_in(1);
	return NULL;
}

static int
connections_that(const char *condition)
{
	return atoi(kit_sql(k, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND %s", condition));
}

/* The log-in writes its session while the removal is under way: it waits, and reads the truth behind it. */
Test(member, a_log_in_at_the_same_time_does_not_keep_the_company)
{
	struct login l;
	pthread_t removal, entry;
	const char *slug = "";

	(void)join(1);
	kit_fault(k, "member.removing=hold");
	cr_assert_eq(pthread_create(&removal, NULL, remove_stuck, &slug), 0);
	kit_until(5000, connections_that("wait_event = 'ClientRead' AND xact_start IS NOT NULL") == 1);
	cr_assert_eq(pthread_create(&entry, NULL, log_in_meanwhile, &l), 0);
	kit_until(5000, connections_that("wait_event_type = 'Lock'") == 1);
	kit_fault(k, "");
	cr_assert(pthread_join(removal, NULL) == 0 && pthread_join(entry, NULL) == 0);
	cr_assert_null(slug);
	cr_assert(uuid_is_nil(gate(&l).session.company) && gate(&l).session.permissions == 0);
}

Test(member, a_template_gives_exactly_what_it_is_told)
{
	struct person owner = join(1), p = join(2);
	struct login boss, l;
	struct said s;

	works_for(p, owner);
	boss = log_in(1);
	l = log_in(2);
	s = command(command_template, NULL,
	    WORDS("template", "set", code_of(owner.company), "팀원", "chat_total,send_message,customer_total"));
	cr_assert_null(s.slug);
	cr_assert_not_null(strstr(s.said, "before   customer_total,add_new_customer,"), "%s", s.said);
	cr_assert_not_null(strstr(s.said, "after    customer_total,chat_total,send_message\nsessions 1\n"), "%s", s.said);
	cr_assert_eq(gate(&l).session.permissions, PERMISSION_CHAT_TOTAL | PERMISSION_SEND_MESSAGE | PERMISSION_CUSTOMER_TOTAL);
	cr_assert_eq(gate(&boss).session.permissions, PERMISSIONS_OWNER);
	cr_assert_null(command(command_template, NULL, WORDS("template", "set", code_of(owner.company), "팀원", "")).slug);
	cr_assert_eq(gate(&l).session.permissions, 0);
	cr_assert(uuid_eq(gate(&l).session.company, owner.company));
}

Test(member, a_misused_command_changes_nothing)
{
	struct person p = join(1);
	const char *code = code_of(p.company);

	cr_assert_str_eq(command(command_member, NULL, WORDS("member", "remove")).slug, "command.usage");
	cr_assert_str_eq(command(command_member, NULL, WORDS("member", "add", p.phone)).slug, "command.usage");
	cr_assert_str_eq(remove_member("0212345678").slug, "command.phone");
	cr_assert_str_eq(remove_member(phone_number(2)).slug, "user.not_found");
	cr_assert_str_eq(command(command_member, NULL, WORDS("member", "remove", p.phone, "nowhere")).slug, "member.not_found");
	cr_assert_str_eq(command(command_template, NULL, WORDS("template", "set", code, "팀원")).slug, "command.usage");
	cr_assert_str_eq(command(command_template, NULL, WORDS("template", "set", code, "팀원", "fly")).slug, "command.flag");
	cr_assert_str_eq(command(command_template, NULL, WORDS("template", "set", code, "no", "")).slug, "template.not_found");
	cr_assert_str_eq(command(command_template, NULL, WORDS("template", "set", "no", "팀원", "")).slug, "template.not_found");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM membership"), "1");
	cr_assert(kit_no_event(k));
}
