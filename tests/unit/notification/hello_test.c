/* What a client says on its way in, and what it is told when it may not. */
#include <criterion/criterion.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/notification/door/hello.h"
#include "services/notification/who/admit.h"

static struct arena *mem;
static struct req rq;

static void
begin(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
}

static void
end(void)
{
	req_end(&rq);
	arena_close(&mem);
}

TestSuite(notification_hello, .init = begin, .fini = end, .timeout = 60);

static struct hello
read_well(const char *json)
{
	struct hello h;

	cr_assert_null(hello_read(&rq, text_of(json), &h));
	return h;
}

Test(notification_hello, a_token_is_enough)
{
	struct hello h = read_well("{\"token\":\"abc\"}");

	cr_assert(text_is(h.token, "abc"));
	cr_assert_eq(h.number, -1);
	cr_assert(uuid_is_nil(h.alarm));
}

Test(notification_hello, the_last_alarm_may_be_named_by_number_or_id)
{
	cr_assert_eq(read_well("{\"token\":\"abc\",\"lastNumber\":7}").number, 7);
	cr_assert_eq(read_well("{\"token\":\"abc\",\"lastNumber\":0}").number, 0);
	cr_assert(!uuid_is_nil(read_well("{\"token\":\"a\",\"lastAlarmId\":\"01926f00-0000-7000-8000-000000000030\"}").alarm));
}

Test(notification_hello, what_makes_no_sense_counts_as_not_said)
{
	cr_assert_eq(read_well("{\"token\":\"abc\",\"lastNumber\":\"7\"}").number, -1);
	cr_assert_eq(read_well("{\"token\":\"abc\",\"lastNumber\":-7}").number, -1);
	cr_assert_eq(read_well("{\"token\":\"abc\",\"lastNumber\":null}").number, -1);
	cr_assert(uuid_is_nil(read_well("{\"token\":\"abc\",\"lastAlarmId\":\"x\"}").alarm));
}

Test(notification_hello, without_a_token_nobody_comes_in)
{
	static const char *const bad[] = { "{}", "[]", "{\"token\":7}", "{\"token\":null}", "", "{\"token\":\"a\"" };
	struct hello h;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct err *e = hello_read(&rq, text_of(bad[i]), &h);

		cr_assert_not_null(e);
		cr_assert_str_eq(admit_word(e), "token_invalid");
	}
}

static const char *
word(enum err_code code, const char *slug)
{
	return admit_word(&(struct err){ .code = code, .slug = slug });
}

Test(notification_hello, a_refusal_is_one_of_four_words)
{
	cr_assert_str_eq(word(E_UNKNOWN_WHO, "token.expired"), "token_expired");
	cr_assert_str_eq(word(E_UNKNOWN_WHO, "token.revoked"), "session_ended");
	cr_assert_str_eq(word(E_UNKNOWN_WHO, "token.unknown_key"), "token_invalid");
	cr_assert_str_eq(word(E_BUSY, "redis.down"), "busy");
	cr_assert_str_eq(word(E_TIMEOUT, "db.timeout"), "busy");
	cr_assert_str_eq(word(E_UPSTREAM, "auth.unreachable"), "busy");
}
