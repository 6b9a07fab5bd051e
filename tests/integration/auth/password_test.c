/* A new password: the old one proves who asks, everything opened with the old one ends, and the user is told. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/password.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(password, .init = world_open, .fini = world_close, .timeout = 120);

#define NEW_PASSWORD "Iron_Chair_2@"

static struct kit_reply
change(const struct login *who, const char *old, const char *new)
{
	struct kit_reply r;

	kit_as(k, (struct kit_who){ .who = WHO_STAFF, .user = who->user, .session = who->session });
	r = kit_call(k, "PUT /api/me/password", kit_print("{\"oldPassword\":\"%s\",\"newPassword\":\"%s\"}", old, new));
	kit_as_nobody(k);
	return r;
}

Test(password, a_change_ends_the_other_sessions_and_tells_the_user)
{
	struct person p = join(1);
	struct login here = log_in(1), there = log_in(1);
	const struct password_changed_v1 *changed;

	cr_assert_eq(change(&here, PASSWORD, NEW_PASSWORD).status, 204);
	cr_assert(gate(&here).session.state == SESSION_ALIVE && !gate(&here).blacklisted);
	cr_assert(gate(&there).session.state == SESSION_REVOKED && gate(&there).blacklisted);
	cr_assert_eq(refresh(there.refresh).status, 401);
	cr_assert_eq(refresh(here.refresh).status, 200);
	cr_assert_eq(login_as(p.phone, PASSWORD).status, 401);
	cr_assert_eq(login_as(p.phone, NEW_PASSWORD).status, 200);
	cr_assert(text_is(((const struct session_revoked_v1 *)kit_event(k, &session_revoked_v1_event))->reason,
	    "password_changed"));
	changed = kit_event(k, &password_changed_v1_event);
	cr_assert(uuid_eq(changed->user_id, p.user) && changed->has_company_id && uuid_eq(changed->company_id, p.company));
	cr_assert(text_is(changed->phone, p.phone));
	cr_assert_not(database_holds(NEW_PASSWORD));
}

static const struct { const char *old, *new; int status; const char *slug, *pointer; } refused[] = {
	{ "Wooden_Desk_2!", NEW_PASSWORD, 422, "password.wrong", NULL },
	{ PASSWORD, PASSWORD, 400, "request.invalid", "/newPassword" },
	{ PASSWORD, "nodigits!", 400, "request.invalid", "/newPassword" },
	{ PASSWORD, "Sh0rt!", 400, "request.invalid", "/newPassword" },
	{ "", NEW_PASSWORD, 400, "request.invalid", "/oldPassword" },
};

Test(password, a_refused_change_changes_nothing)
{
	struct login here, there;

	(void)join(1);
	here = log_in(1);
	there = log_in(1);
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct kit_reply r = change(&here, refused[i].old, refused[i].new);

		cr_assert(r.status == refused[i].status && strcmp(r.slug, refused[i].slug) == 0, "row %zu: %d %s", i, r.status,
		    r.body);
		if (refused[i].pointer != NULL)
			cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), refused[i].pointer);
		cr_assert_null(strstr(r.body, NEW_PASSWORD));
	}
	cr_assert_eq(gate(&there).session.state, SESSION_ALIVE);
	cr_assert_eq(login_as(phone_number(1), PASSWORD).status, 200);
	cr_assert(kit_no_event(k));
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "PUT /api/me/password", "{}").status, 401);
}

static struct kit_reply entered;

static void *
enter(void *password)
{
	entered = login_as(phone_number(1), password);
	return NULL;
}

/* Who has the old password and is half way in when it changes stays outside. */
Test(password, a_log_in_that_was_checked_before_the_change_does_not_outlive_it)
{
	pthread_t thread;
	struct login here;
	uint64_t checked;

	(void)join(1);
	here = log_in(1);
	checked = passwords_hashed(world_auth()->passwords);
	kit_fault(k, "login.checked=hold");
	cr_assert_eq(pthread_create(&thread, NULL, enter, (void *)(uintptr_t)PASSWORD), 0);
	kit_until(5000, passwords_hashed(world_auth()->passwords) == checked + 1);
	cr_assert_eq(change(&here, PASSWORD, NEW_PASSWORD).status, 204);
	kit_fault(k, "");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_eq(entered.status, 401, "%s", entered.body);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM session"), "1");
}

static struct kit_reply
change_once(const char *new)
{
	struct login l = { .user = *(const struct uuid *)(const void *)new };

	return change(&l, PASSWORD, NEW_PASSWORD);
}

Test(password, of_many_changes_at_once_one_wins)
{
	struct kit_reply replies[8];
	struct person p = join(1);

	at_once(8, replies, change_once, (const char *)&p.user);
	cr_assert_eq(count_status(replies, 8, 204), 1);
	cr_assert_eq(count_status(replies, 8, 409) + count_status(replies, 8, 422), 7, "too late, or wrong by now");
	(void)kit_event(k, &password_changed_v1_event);
	cr_assert(kit_no_event(k));
}
