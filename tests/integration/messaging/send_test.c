/* Sending: each message once, whatever SENS does; a code in no row that stays. */
#include <criterion/criterion.h>
#include <iconv.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/messaging/world.h"

TestSuite(send, .init = world_open, .fini = world_close, .timeout = 120);

#define PHONE "01010000001"

static size_t
euckr_length(const char *utf8)
{
	char in[4096], out[4096], *from = in, *to = out;
	size_t left = strlen(utf8), room = sizeof(out);
	iconv_t how = iconv_open("EUC-KR", "UTF-8");

	(void)memcpy(in, utf8, left + 1);
	kit_sure(iconv(how, &from, &left, &to, &room) != (size_t)-1);
	(void)iconv_close(how);
	return sizeof(out) - room;
}

Test(send, a_code_goes_out_once_and_stays_nowhere)
{
	const char *content;

	verification_heard(PHONE, "042817", uuid_new());
	cr_assert_str_eq(jobs_left(), "message_send|waiting");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE position('042817'::bytea IN payload) > 0"), "0", "sealed");
	workers_start();
	status_becomes(PHONE, "sent");
	cr_assert_eq(sent_to(PHONE, "sms"), 1);
	content = last_sent(PHONE, "content");
	cr_assert(strstr(content, "042817") != NULL, "%s", content);
	cr_assert_leq(euckr_length(content), 90);
	cr_assert_str_eq(kit_sql(k,
	    "SELECT content IS NULL, count(*) FILTER (WHERE m::text LIKE '%%042817%%') FROM message m GROUP BY 1"), "t|0");
	cr_assert_str_eq(jobs_left(), "message_check|waiting", "the sealed code went with its job");
	kit_clock(k, 2);
	status_becomes(PHONE, "delivered");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 1);
}

Test(send, the_same_event_twice_is_one_message)
{
	struct uuid id = uuid_new();

	verification_heard(PHONE, "042817", id);
	verification_heard(PHONE, "042817", id);
	workers_start();
	status_becomes(PHONE, "sent");
	verification_heard(PHONE, "042817", id);
	kit_clock(k, 2);
	status_becomes(PHONE, "delivered");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 1);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM message"), "1");
}

Test(send, a_code_that_is_over_is_not_sent)
{
	verification_heard(PHONE, "042817", uuid_new());
	kit_clock(k, 121);
	workers_start();
	status_becomes(PHONE, "failed|expired");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 0);
	cr_assert_eq(calls_of("sens.sms"), 0);
}

/* What went wrong, and whether SENS had taken the message by then; the table is run for both channels. */
static const struct { const char *rule; bool effect; } mishaps[] = {
	{ "{\"mode\":\"timeout_before\",\"delay_ms\":900,\"times\":1}", false },
	{ "{\"mode\":\"timeout_after\",\"delay_ms\":900,\"times\":1}", true },
	{ "{\"mode\":\"error500\",\"times\":1}", false },
	{ "{\"mode\":\"error500_after\",\"times\":1}", true },
	{ "{\"mode\":\"garbage\",\"times\":1}", false },
	{ "{\"mode\":\"garbage_after\",\"times\":1}", true },
	{ "{\"mode\":\"refuse\",\"times\":1}", false },
	{ "{\"mode\":\"decline\",\"code\":\"429\",\"times\":1}", false },
	{ "{\"mode\":\"late\",\"delay_ms\":700,\"times\":1}", true },
};

static void
suffer(size_t i, bool alimtalk)
{
	const char *endpoint = alimtalk ? "sens.alimtalk" : "sens.sms", *phone = kit_print("0101000%04zu", i + 1);
	int64_t before = calls_of(endpoint);

	switches(kit_print("{\"%s\":%s}", endpoint, mishaps[i].rule));
	if (alimtalk)
		order_heard(phone, uuid_new());
	else
		verification_heard(phone, "042817", uuid_new());
	if (mishaps[i].effect)
		kit_until(5000, sent_to(phone, NULL) == 1);
	next_try("message_send");
	status_becomes(phone, "sent");
	cr_assert_eq(sent_to(phone, NULL), 1, "%s: %zu", mishaps[i].rule, sent_to(phone, NULL));
	cr_assert_eq(calls_of(endpoint) - before, mishaps[i].effect ? 1 : 2, "%s", mishaps[i].rule);
	kit_clock(k, 2);
	status_becomes(phone, "delivered");
	kit_until(5000, *jobs_left() == '\0');
}

Test(send, whatever_goes_wrong_a_code_arrives_once)
{
	workers_start();
	for (size_t i = 0; i < COUNT_OF(mishaps); i++)
		suffer(i, false);
}

Test(send, whatever_goes_wrong_a_notice_arrives_once)
{
	workers_start();
	for (size_t i = 0; i < COUNT_OF(mishaps); i++)
		suffer(i, true);
}

Test(send, another_message_to_the_same_phone_is_not_taken_for_the_lost_one)
{
	struct uuid lost = uuid_new();

	switches("{\"sens.sms\":{\"mode\":\"timeout_before\",\"delay_ms\":700,\"times\":1}}");
	verification_heard(PHONE, "111111", lost);
	workers_start();
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE state = 'waiting' AND attempts > 0") != '\0');
	verification_heard(PHONE, "222222", uuid_new());
	kit_until(10000, sent_to(PHONE, "sms") == 1);
	kit_clock(k, 3);
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE kind = 'message_send'") == '\0');
	cr_assert_eq(sent_to(PHONE, "sms"), 2);
	cr_assert(strstr(last_sent(PHONE, "content"), "111111") != NULL, "%s", last_sent(PHONE, "content"));
	cr_assert_str_eq(kit_sql(k, "SELECT count(DISTINCT provider_id) FROM message"), "2");
}

Test(send, a_lost_code_is_not_sent_when_it_is_over)
{
	switches("{\"sens.sms\":{\"mode\":\"timeout_before\",\"delay_ms\":700,\"times\":1}}");
	verification_heard(PHONE, "042817", uuid_new());
	workers_start();
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE state = 'waiting' AND attempts > 0") != '\0');
	kit_clock(k, 121);
	status_becomes(PHONE, "failed|expired");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 0);
}

Test(send, a_code_that_is_over_leaves_no_job_though_sens_never_answers)
{
	switches("{\"sens.sms\":{\"mode\":\"error500\"},\"sens.sms.get\":{\"mode\":\"error500\"}}");
	verification_heard(PHONE, "042817", uuid_new());
	workers_start();
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE state = 'waiting' AND attempts > 0") != '\0');
	kit_clock(k, 121);
	status_becomes(PHONE, "unknown");
	kit_until(5000, *jobs_left() == '\0');
}

Test(send, a_refusal_for_good_is_a_failure_and_not_repeated)
{
	switches("{\"sens.sms\":{\"mode\":\"decline\"}}");
	verification_heard(PHONE, "042817", uuid_new());
	workers_start();
	status_becomes(PHONE, "failed|HTTP403");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(calls_of("sens.sms"), 1);
}

Test(send, a_text_message_that_did_not_arrive_has_failed)
{
	switches("{\"sms_results\":{\"0001\":\"3001\"}}");
	verification_heard(PHONE, "042817", uuid_new());
	workers_start();
	status_becomes(PHONE, "sent");
	kit_clock(k, 2);
	status_becomes(PHONE, "failed|3001");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 1);
}

Test(send, a_code_sealed_for_another_message_is_not_opened)
{
	struct uuid mine = uuid_new();

	verification_heard(PHONE, "042817", mine);
	(void)kit_sql(k, "UPDATE message SET source_id = '00000000-0000-7000-8000-000000000001'");
	workers_start();
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE last_slug = 'message.sealed'") != '\0');
	cr_assert_eq(sent_to(PHONE, NULL), 0);
}

Test(send, a_new_company_gets_one_empty_wallet)
{
	struct user_joined_v1 ev = { .user_id = uuid_new(), .company_id = uuid_new(), .name = TEXT("홍"), .phone = TEXT(PHONE),
		.email = TEXT("a@example.com"), .joined_at = 1 };
	struct kit_reply r;

	kit_as_user(k, ev.user_id, ev.company_id, 0);
	cr_assert_str_eq(kit_call(k, "GET /api/wallet", NULL).slug, "wallet.not_found");
	for (int i = 0; i < 2; i++)
		cr_assert_null(kit_hear(k, &user_joined_v1_event, ev.company_id, &ev));
	r = kit_call(k, "GET /api/wallet", NULL);
	cr_assert(r.status == 200 && kit_json_i64(r.body, "balanceKrw") == 0, "%s", r.body);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM wallet"), "1");
	kit_as_user(k, ev.user_id, uuid_new(), 0);
	cr_assert_eq(kit_call(k, "GET /api/wallet", NULL).status, 404, "of one's own company only");
}

/* Nobody who takes over an account does so unheard: it goes to the phone, whole, each time. */
Test(send, a_changed_password_is_told_to_the_phone)
{
	struct password_changed_v1 ev = { .user_id = uuid_new(), .phone = TEXT("01010000001"), .changed_at = clock_now_us() };

	cr_assert_null(kit_hear(k, &password_changed_v1_event, uuid_new(), &ev));
	cr_assert_null(kit_hear(k, &password_changed_v1_event, uuid_new(), &ev));
	workers_start();
	kit_until(5000, sent_to("01010000001", "sms") == 2);
	cr_assert_str_eq(last_sent("01010000001", "content"),
	    "[두레] 비밀번호가 변경되었습니다. 본인이 아니라면 지금 비밀번호를 재설정해 주세요.");
}
