/* What Toss says, and what we take it for: a wrong verdict here is money lost or taken twice. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/provider/provider.h"
#include "services/billing/billing.h"
#include "services/billing/toss/toss.h"
#include "tests/unit/billing/toss/canned.h"

static struct req rq;
static struct billing billing;
static struct app app = { .service = "billing", .state = &billing };
static struct toss_payment said;

static void
begin(void)
{
	static char url[64];

	log_open("billing", LV_ERROR);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", canned_open());
	req_begin(&rq, &app, arena_open((size_t)1 << 24), TEXT("test"), 60000);
	cr_assert_null(provider_open(&rq, &billing.toss, &(struct provider_config){ .name = "toss", .base_url = url,
		.user_password = "test_sk:", .connect_timeout_ms = 1000, .timeout_ms = 2000, .max_parallel = 1,
		.breaker_failures = 1000, .breaker_open_ms = 1, .answer_max_bytes = 65536 }));
}

static void
end(void)
{
	struct arena *mem = rq.mem;

	provider_close(&billing.toss);
	req_end(&rq);
	arena_close(&mem);
}

TestSuite(toss, .init = begin, .fini = end, .timeout = 60);

#define PAYMENT(status) "{\"paymentKey\":\"pk_1\",\"orderId\":\"dev-local-1\",\"status\":\"" status "\",\"totalAmount\":5000," \
	"\"method\":\"카드\",\"failure\":null,\"cancels\":null}"
#define DONE_WITH(key, sum) "{\"paymentKey\":" key ",\"orderId\":\"dev-local-1\",\"status\":\"DONE\",\"totalAmount\":" sum "}"
#define REFUSAL(code)   "{\"code\":\"" code "\",\"message\":\"안 됩니다\"}"

static enum toss_verdict
confirm(int status, const char *body)
{
	canned_say(status, body);
	toss_confirm(&rq, TEXT("pk_1"), TEXT("dev-local-1"), 5000, TEXT("idem"), &said);
	return said.verdict;
}

static enum toss_verdict
read(int status, const char *body)
{
	canned_say(status, body);
	toss_read(&rq, TEXT("dev-local-1"), &said);
	return said.verdict;
}

struct row { int status; const char *body; enum toss_verdict confirm, read; };

static const struct row rows[] = {
	{ 200, PAYMENT("DONE"), TOSS_DONE, TOSS_DONE },
	{ 200, PAYMENT("WAITING_FOR_DEPOSIT"), TOSS_WAITING, TOSS_WAITING },
	{ 200, PAYMENT("IN_PROGRESS"), TOSS_IN_PROGRESS, TOSS_IN_PROGRESS },
	{ 200, PAYMENT("READY"), TOSS_IN_PROGRESS, TOSS_IN_PROGRESS },
	{ 200, PAYMENT("ABORTED"), TOSS_OVER, TOSS_OVER },
	{ 200, PAYMENT("EXPIRED"), TOSS_OVER, TOSS_OVER },
	{ 200, PAYMENT("CANCELED"), TOSS_OVER, TOSS_OVER },
	{ 200, PAYMENT("PARTIAL_CANCELED"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, PAYMENT("SOMETHING_NEW"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, PAYMENT("done"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 403, REFUSAL("REJECT_CARD_PAYMENT"), TOSS_REFUSED, TOSS_UNCLEAR },
	{ 403, REFUSAL("REJECT_CARD_COMPANY"), TOSS_REFUSED, TOSS_UNCLEAR },
	{ 400, REFUSAL("INVALID_STOPPED_CARD"), TOSS_REFUSED, TOSS_UNCLEAR },
	{ 400, REFUSAL("A_CODE_OF_TOMORROW"), TOSS_REFUSED, TOSS_UNCLEAR },
	{ 404, REFUSAL("NOT_FOUND_PAYMENT"), TOSS_ABSENT, TOSS_ABSENT },
	{ 404, REFUSAL("NOT_FOUND_PAYMENT_SESSION"), TOSS_ABSENT, TOSS_ABSENT },
	/* what says "not now", "look again" or "who are you" must not end a payment */
	{ 400, REFUSAL("ALREADY_PROCESSED_PAYMENT"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 400, REFUSAL("DUPLICATED_ORDER_ID"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 400, REFUSAL("PROVIDER_ERROR"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 400, REFUSAL("INVALID_API_KEY"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 401, REFUSAL("UNAUTHORIZED_KEY"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 403, REFUSAL("INCORRECT_BASIC_AUTH_FORMAT"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 403, REFUSAL("FORBIDDEN_CONSECUTIVE_REQUEST"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 409, REFUSAL("IDEMPOTENT_REQUEST_PROCESSING"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 429, REFUSAL("TOO_MANY_REQUESTS"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 500, REFUSAL("FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 503, REFUSAL("REJECT_CARD_PAYMENT"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 302, REFUSAL("REJECT_CARD_PAYMENT"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	/* what nobody documented */
	{ 200, "", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, "{\"status\":\"DONE\"", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, "[]", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, "<html>maintenance</html>", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, "{\"status\":\"DONE\"}", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, DONE_WITH("\"pk_1\"", "\"5000\""), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, DONE_WITH("\"pk_1\"", "5000.5"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 200, DONE_WITH("null", "5000"), TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 403, "{\"message\":\"no code\"}", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 403, "<html>blocked</html>", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 204, "", TOSS_UNCLEAR, TOSS_UNCLEAR },
	{ 0, "", TOSS_UNCLEAR, TOSS_UNCLEAR },
};

Test(toss, every_answer_has_its_verdict)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *r = &rows[i];

		cr_expect_eq(confirm(r->status, r->body), r->confirm, "confirm: %d %s is %d", r->status, r->body,
		    (int)said.verdict);
		cr_expect_eq(read(r->status, r->body), r->read, "read: %d %s is %d", r->status, r->body,
		    (int)said.verdict);
	}
}

Test(toss, a_payment_is_taken_with_its_key_order_sum_and_method)
{
	confirm(200, PAYMENT("DONE"));
	cr_assert(text_is(said.payment_key, "pk_1") && text_is(said.order_id, "dev-local-1") && text_is(said.method, "카드"));
	cr_assert_eq(said.amount_krw, 5000);
	confirm(200, DONE_WITH("\"pk_1\"", "5000,\"method\":null"));
	cr_assert_eq(said.verdict, TOSS_DONE);
	cr_assert(text_is(said.method, ""));
}

Test(toss, a_refusal_carries_its_code)
{
	confirm(403, REFUSAL("REJECT_CARD_PAYMENT"));
	cr_assert(text_is(said.code, "REJECT_CARD_PAYMENT"));
}

Test(toss, one_that_is_over_says_why)
{
	read(200, "{\"paymentKey\":\"pk_1\",\"orderId\":\"o\",\"status\":\"ABORTED\",\"totalAmount\":5000,\"failure\":{\"code\":"
	    "\"REJECT_CARD_PAYMENT\",\"message\":\"x\"}}");
	cr_assert(said.verdict == TOSS_OVER && text_is(said.code, "REJECT_CARD_PAYMENT"));
	read(200, PAYMENT("EXPIRED"));
	cr_assert(said.verdict == TOSS_OVER && said.code.at == NULL);
}

Test(toss, nothing_of_the_answer_before_is_left)
{
	confirm(200, PAYMENT("DONE"));
	confirm(500, "");
	cr_assert_null(said.payment_key.at);
	cr_assert_null(said.code.at);
	cr_assert_eq(said.amount_krw, 0);
}

static void
heard_begins(const char *line)
{
	cr_assert_eq(strncmp(canned_heard(), line, strlen(line)), 0, "%s", canned_heard());
}

Test(toss, a_confirmation_is_sent_as_documented)
{
	confirm(200, PAYMENT("DONE"));
	heard_begins("POST /v1/payments/confirm HTTP/1.1\r\n");
	cr_assert_not_null(strstr(canned_heard(), "\r\nAuthorization: Basic dGVzdF9zazo=\r\n"), "%s", canned_heard());
	cr_assert_not_null(strstr(canned_heard(), "\r\nIdempotency-Key: idem\r\n"));
	cr_assert_not_null(strstr(canned_heard(), "\r\nContent-Type: application/json\r\n"));
	cr_assert_not_null(strstr(canned_heard(), "\r\n\r\n{\"paymentKey\":\"pk_1\",\"orderId\":\"dev-local-1\",\"amount\":5000}"));
}

Test(toss, a_key_with_quotes_stays_one_text)
{
	canned_say(200, PAYMENT("DONE"));
	toss_confirm(&rq, TEXT("pk\"},\"amount\":1,\"x\":{\"\\"), TEXT("dev-local-1"), 5000, TEXT("idem"), &said);
	cr_assert_not_null(strstr(canned_heard(),
	    "{\"paymentKey\":\"pk\\\"},\\\"amount\\\":1,\\\"x\\\":{\\\"\\\\\",\"orderId\""), "%s",
	    canned_heard());
}

Test(toss, the_longest_keys_fit_the_body)
{
	char key[201] = { 0 }, order[65] = { 0 };

	memset(key, '"', 200);
	memset(order, 'o', 64);
	canned_say(200, PAYMENT("DONE"));
	toss_confirm(&rq, text_of(key), text_of(order), INT64_MAX, TEXT("idem"), &said);
	cr_assert_not_null(strstr(canned_heard(), ",\"amount\":9223372036854775807}"), "%s", canned_heard());
}

Test(toss, a_payment_is_read_by_our_own_order_id)
{
	read(200, PAYMENT("DONE"));
	heard_begins("GET /v1/payments/orders/dev-local-1 HTTP/1.1\r\n");
	cr_assert_eq(canned_count(), 1);
}

/* ---- cancels and the list */

#define CANCELLED(balance) "{\"paymentKey\":\"pk_1\",\"orderId\":\"dev-local-1\",\"status\":\"PARTIAL_CANCELED\"," \
	"\"totalAmount\":5000,\"balanceAmount\":" balance ",\"approvedAt\":\"2026-01-02T12:00:00+09:00\",\"cancels\":[" \
	"{\"cancelReason\":\"Dure 1\",\"cancelAmount\":1000,\"canceledAt\":\"2026-01-02T12:00:01+09:00\"}," \
	"{\"cancelReason\":\"by hand\",\"cancelAmount\":500,\"canceledAt\":null}]}"

Test(toss, the_parts_that_were_given_back_are_read)
{
	cr_assert_eq(read(200, CANCELLED("3500")), TOSS_DONE);
	cr_assert_eq(said.balance_krw, 3500);
	cr_assert_eq(said.approved_us, INT64_C(1767322800) * 1000000);
	cr_assert_eq(said.n_parts, 2);
	cr_assert(text_is(said.parts[0].reason, "Dure 1"));
	cr_assert_eq(said.parts[0].amount_krw, 1000);
	cr_assert_eq(said.parts[0].at_us, INT64_C(1767322801) * 1000000);
	cr_assert_eq(said.parts[1].at_us, 0);
	cr_assert_eq(read(200, CANCELLED("null")), TOSS_UNCLEAR, "a part is gone, and nobody says how much");
}

Test(toss, a_cancel_is_sent_as_documented)
{
	canned_say(200, CANCELLED("3500"));
	toss_cancel(&rq, TEXT("pk_1/../x"), 1000, TEXT("Dure \"1\""), TEXT("idem"), &said);
	heard_begins("POST /v1/payments/pk_1%2F%2E%2E%2Fx/cancel HTTP/1.1\r\n");
	cr_assert_not_null(strstr(canned_heard(), "\r\nIdempotency-Key: idem\r\n"));
	cr_assert_not_null(strstr(canned_heard(), "\r\n\r\n{\"cancelReason\":\"Dure \\\"1\\\"\",\"cancelAmount\":1000}"));
	cr_assert_eq(said.verdict, TOSS_DONE);
}

Test(toss, an_error_is_kept_under_its_key_but_not_the_word_that_the_first_call_still_runs)
{
	confirm(500, REFUSAL("FAILED_INTERNAL_SYSTEM_PROCESSING"));
	cr_assert(said.kept && text_is(said.code, "FAILED_INTERNAL_SYSTEM_PROCESSING"));
	confirm(400, REFUSAL("PROVIDER_ERROR"));
	cr_assert(said.kept);
	confirm(409, REFUSAL("IDEMPOTENT_REQUEST_PROCESSING"));
	cr_assert(!said.kept);
	confirm(500, "<html>");
	cr_assert(!said.kept);
	confirm(0, "");
	cr_assert(!said.kept);
	confirm(200, PAYMENT("DONE"));
	cr_assert(!said.kept);
}

#define MOVED(key, status, amount) "{\"transactionKey\":\"" key "\",\"paymentKey\":\"pk\",\"orderId\":\"o\"," \
	"\"status\":\"" status "\",\"transactionAt\":\"2026-01-02T12:00:00+09:00\",\"amount\":" amount "}"

Test(toss, the_list_is_asked_in_korean_time_and_signed_by_status)
{
	struct toss_transaction *list;
	size_t n;

	canned_say(200, "[" MOVED("a", "DONE", "5000") "," MOVED("b", "CANCELED", "-5000") "," MOVED("c", "PARTIAL_CANCELED",
	    "700") "," MOVED("d", "WAITING_FOR_DEPOSIT", "900") "]");
	cr_assert_null(toss_list(&rq, INT64_C(1767279600) * 1000000, INT64_C(1767366000) * 1000000, TEXT("x"), &list, &n));
	heard_begins("GET /v1/transactions?startDate=2026-01-02T00:00:00&endDate=2026-01-03T00:00:00&limit=400&startingAfter=x "
	    "HTTP/1.1\r\n");
	cr_assert_eq(n, 4);
	cr_assert_eq(list[0].amount_krw, 5000);
	cr_assert_eq(list[1].amount_krw, -5000);
	cr_assert_eq(list[2].amount_krw, -700);
	cr_assert_eq(list[3].amount_krw, 0);
	cr_assert_eq(list[0].at_us, INT64_C(1767322800) * 1000000);
}

Test(toss, a_list_that_is_not_understood_is_no_list)
{
	static const struct { int status; const char *body; } bad[] = { { 200, "" }, { 200, "[{}]" }, { 200, "<html>" },
		{ 200, "{}" }, { 500, "[]" }, { 401, REFUSAL("UNAUTHORIZED_KEY") }, { 0, "" },
		{ 200, "[" MOVED("a", "DONE", "\"5\"") "]" } };
	struct toss_transaction *list;
	size_t n;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		canned_say(bad[i].status, bad[i].body);
		cr_expect_not_null(toss_list(&rq, 0, 1, (struct text){ NULL, 0 }, &list, &n), "%s", bad[i].body);
	}
}
