/* Money at the provider: confirmed twice, answered by nobody, away for an hour, told thrice, told by liars. Each charge
 * is captured once, credited once and told once; the check at the end of each suite compares the three books. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

enum { SUM_KRW = 1000, TWICE = 20, DEPOSITS = 5, COPIES = 3, FORGED = 50 };

static void
sandbox(struct suite *s, const char *method, const char *path, const char *json)
{
	struct kit_reply r = kit_http(s, method, kit_print("%s%s", suite_url(s, "sandbox"), path), json);

	kit_sure(r.status / 100 == 2);
}

static void
switches(struct suite *s, const char *json)
{
	sandbox(s, "PUT", "/sandbox/switches", json);
}

/* ---- one charge */

struct payment { const char *id, *order, *provider_key; };

static struct payment
intend(struct play *p, const char *word)
{
	struct kit_reply r = want(201, kit_http(p->suite, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", SUM_KRW),
	    as(&p->buyer), key(p, word)));

	return (struct payment){ text_in(r, "id"), text_in(r, "orderId"), NULL };
}

static struct payment
agreed(struct play *p, const char *word)
{
	struct payment made = intend(p, word);

	made.provider_key = agree(p, made.order, SUM_KRW);
	return made;
}

static struct kit_reply
confirm(struct play *p, const struct payment *what, const char *word)
{
	return kit_http(p->suite, "POST", kit_print("/api/payments/%s/confirm", what->id),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}", what->provider_key, what->order, SUM_KRW),
	    as(&p->buyer), key(p, word));
}

static const char *
status_of(struct play *p, const struct payment *what)
{
	return suite_sql(p->suite, "billing", "SELECT status FROM payment WHERE id = '%s'", what->id);
}

static bool
is_paid(struct play *p, const struct payment *what)
{
	return strcmp(status_of(p, what), "paid") == 0;
}

static int64_t
credited(struct play *p)
{
	return atoll(suite_sql(p->suite, "commerce", "SELECT balance_krw FROM point_account WHERE user_id = '%s'", p->buyer.id));
}

/* Calls of an endpoint that the provider has counted. */
static int64_t
calls(struct suite *s, const char *endpoint)
{
	const char *state = kit_http(s, "GET", kit_print("%s/sandbox/state.json", suite_url(s, "sandbox")), NULL).body;
	const char *at = strstr(state, kit_print("\"%s\":", endpoint));

	return at != NULL ? atoll(at + strlen(endpoint) + 3) : 0;
}

/* ---- confirmed by many at once */

struct rush { struct play *p; struct payment what; bool one_key; int paid; };

static void
confirm_now(size_t i, void *arg)
{
	struct rush *r = arg;
	struct kit_reply reply = confirm(r->p, &r->what, r->one_key ? "confirm" : kit_print("confirm-%zu", i));

	if (reply.status == 200)
		__atomic_add_fetch(&r->paid, 1, __ATOMIC_RELAXED);
	else
		kit_sure(reply.status == 409 || reply.status == 504);
}

/* What the provider says of itself, of the card and of its own secrets is not passed on. */
static void
expect_our_own_words(struct kit_reply r)
{
	static const char *const theirs[] = { "mId", "receipt", "checkout", "secret", "card", "balanceAmount",
		"lastTransactionKey" };

	for (size_t i = 0; i < COUNT_OF(theirs); i++)
		cr_expect_null(strstr(r.body, kit_print("\"%s\"", theirs[i])), "%s in %s", theirs[i], r.body);
}

static void
confirmed_twice(struct play *p, bool one_key)
{
	struct kit_reply again;
	struct rush r = { p, agreed(p, one_key ? "twice" : "twice-more"), one_key, 0 };
	int64_t before = credited(p);

	crowd(TWICE, confirm_now, &r);
	kit_until(PATIENCE * PROMISED_MS, is_paid(p, &r.what));
	cr_expect_geq(r.paid, 1);
	kit_until(PATIENCE * PROMISED_MS, credited(p) >= before + SUM_KRW);
	again = confirm(p, &r.what, one_key ? "confirm" : "confirm-0");
	cr_expect_eq(again.status, 200);
	expect_our_own_words(again);
	suite_check(p->suite);
	cr_expect_eq(credited(p), before + SUM_KRW);
}

Test(charges, confirmed_twenty_times_at_once_with_one_key_or_twenty_are_captured_once, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_enter(p);
	confirmed_twice(p, true);
	confirmed_twice(p, false);
	play_close(&p);
	suite_close(&s);
}

/* ---- the provider's answer does not come */

/* Captured, but what comes back means nothing: the repetition with the same key, or the janitor alone, finds it. */
static void
lost_answer(struct play *p, const char *word, bool comes_again)
{
	struct payment what = agreed(p, word);
	int64_t before = credited(p);

	switches(p->suite, "{\"toss.confirm\":{\"mode\":\"garbage_after\",\"times\":1},\"toss_webhook_url\":\"\"}");
	want_problem(504, "payment.unknown", confirm(p, &what, word));
	cr_assert_str_eq(status_of(p, &what), "unknown");
	if (comes_again)
		cr_assert_eq(want(200, confirm(p, &what, word)).status, 200);
	else
		suite_clock(p->suite, 31);
	kit_until(PATIENCE * PROMISED_MS, is_paid(p, &what));
	kit_until(PATIENCE * PROMISED_MS, credited(p) == before + SUM_KRW);
}

static bool
has_gone_back(struct play *p, const struct payment *what)
{
	return strcmp(suite_sql(p->suite, "billing", "SELECT code || ' ' || state FROM payment_review WHERE payment_id = '%s'",
	    what->id), "late_capture cancelled") == 0;
}

/* Nothing reaches the provider for an hour: what nobody captured fails in its time, and so does what was captured
 * unheard, which goes back to the buyer once the provider answers again. What the shop sells for points is sold
 * meanwhile, and afterwards the same buyer charges as if nothing had been. */
static void
away_for_an_hour(struct play *p)
{
	struct payment begun = agreed(p, "in-vain"), unheard = agreed(p, "unheard"), later;
	int64_t before = credited(p);

	switches(p->suite, "{\"toss.confirm\":{\"mode\":\"garbage_after\",\"times\":1},\"toss.get\":{\"mode\":\"refuse\"}}");
	want_problem(504, "payment.unknown", confirm(p, &unheard, "unheard"));
	switches(p->suite, "{\"toss.confirm\":{\"mode\":\"refuse\"},\"toss.get\":{\"mode\":\"refuse\"}}");
	cr_assert_geq(confirm(p, &begun, "in-vain").status, 502);
	for (int minutes = 0; minutes < 35; minutes += 5) {
		suite_clock(p->suite, 300);
		kit_until(PATIENCE * PROMISED_MS, strcmp(status_of(p, &begun), "unknown") == 0);
	}
	suite_clock(p->suite, 600);
	kit_until(PATIENCE * PROMISED_MS, strcmp(status_of(p, &begun), "failed") == 0);
	kit_until(PATIENCE * PROMISED_MS, strcmp(status_of(p, &unheard), "failed") == 0);
	suite_clock(p->suite, 900);
	log_in(p, &p->buyer);
	log_in(p, &p->seller);
	seller_offer(p);
	order_place_unreached(p);
	cr_assert_eq(credited(p), before - SECOND_KRW);
	switches(p->suite, "{\"toss.confirm\":null,\"toss.get\":null}");
	later = agreed(p, "after");
	kit_until(PATIENCE * PROMISED_MS, confirm(p, &later, "after").status == 200);
	kit_until(PATIENCE * PROMISED_MS, credited(p) == before - SECOND_KRW + SUM_KRW);
	suite_clock(p->suite, 601);             /* what has failed is looked at every ten minutes for some days */
	kit_until(PATIENCE * PROMISED_MS, has_gone_back(p, &unheard));
	cr_assert_str_eq(status_of(p, &begun), "failed");
}

Test(charges, whose_answers_are_lost_or_refused_for_an_hour_are_neither_lost_nor_doubled, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_enter(p);
	seller_enter(p);
	charge(p, SECOND_KRW, "charge");
	kit_until(PATIENCE * PROMISED_MS, credited(p) == SECOND_KRW);
	lost_answer(p, "found-by-the-buyer", true);
	lost_answer(p, "found-by-the-janitor", false);
	away_for_an_hour(p);
	play_close(&p);
	suite_close(&s);
}

/* ---- webhooks */

static const char *
agree_to_deposit(struct play *p, const char *order)
{
	return text_in(want(200, kit_http(p->suite, "POST", kit_print("%s/sandbox/toss/authenticate", suite_url(p->suite,
	    "sandbox")), kit_print("{\"orderId\":\"%s\",\"amount\":%d,\"orderName\":\"points\",\"method\":\"vbank\"}", order,
	    SUM_KRW))), "paymentKey");
}

/* Webhooks that billing has taken so far. */
static int64_t
hints(struct suite *s)
{
	const char *metrics = kit_http(s, "GET", kit_print("http://127.0.0.1:%d/metrics", suite_port(s, "billing", "manage")),
	    NULL).body;
	int64_t all = 0;

	for (const char *at = metrics; (at = strstr(at, "\ndure_payment_hints_total{")) != NULL; at++) {
		const char *value = strchr(at, '}');

		all += value != NULL ? atoll(value + 1) : 0;
	}
	return all;
}

/* A virtual account is paid when its owner likes; only the webhook tells, three times and in any order. */
static void
told_thrice(struct play *p)
{
	struct payment all[DEPOSITS];
	int64_t before = credited(p);

	switches(p->suite, kit_print("{\"webhook_duplicate\":%d,\"webhook_shuffle\":true}", COPIES - 1));
	for (int i = 0; i < DEPOSITS; i++) {
		const char *word = kit_print("deposit-%d", i);

		all[i] = intend(p, word);
		all[i].provider_key = agree_to_deposit(p, all[i].order);
		cr_assert_str_eq(text_in(want(200, confirm(p, &all[i], word)), "status"), "waiting_deposit");
	}
	for (int i = 0; i < DEPOSITS; i++)
		sandbox(p->suite, "POST", "/sandbox/toss/deposit", kit_print("{\"orderId\":\"%s\"}", all[i].order));
	suite_clock(p->suite, 11);              /* a payment is read again ten seconds behind a webhook's read, not before */
	for (int i = 0; i < DEPOSITS; i++)
		kit_until(PATIENCE * PROMISED_MS, is_paid(p, &all[i]));
	kit_until(PATIENCE * PROMISED_MS, credited(p) >= before + DEPOSITS * SUM_KRW);
	kit_until(PATIENCE * PROMISED_MS, hints(p->suite) >= DEPOSITS * COPIES * 3);      /* waiting, and two of the deposit */
	suite_check(p->suite);
	cr_assert_eq(credited(p), before + DEPOSITS * SUM_KRW);
}

static const char *
forgery(const char *order)
{
	return kit_print("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"2026-01-02T03:04:05.000000\",\"data\":{"
	    "\"paymentKey\":\"forged\",\"orderId\":\"%s\",\"status\":\"DONE\",\"totalAmount\":%d}}", order, SUM_KRW);
}

/* Anybody can send one: it is answered, moves nothing, and costs the provider next to nothing. */
static void
told_by_liars(struct play *p)
{
	struct payment what = agreed(p, "forged");
	int64_t before = credited(p), heard = hints(p->suite), asked;

	for (int i = 0; i < FORGED; i++) {
		want(200, kit_http(p->suite, "POST", "/api/payments/webhooks/toss", forgery(what.order)));
		want(200, kit_http(p->suite, "POST", "/api/payments/webhooks/toss", forgery(kit_print("nobody-%d", i))));
	}
	kit_until(PATIENCE * PROMISED_MS, hints(p->suite) >= heard + 2 * FORGED);
	asked = calls(p->suite, "toss.get");
	for (int i = 0; i < FORGED; i++)
		want(200, kit_http(p->suite, "POST", "/api/payments/webhooks/toss", forgery(kit_print("nobody-%d", i))));
	cr_assert_leq(calls(p->suite, "toss.get"), asked + 1);
	cr_assert_str_eq(status_of(p, &what), "created");
	cr_assert_eq(credited(p), before);
	want(200, confirm(p, &what, "forged"));
	kit_until(PATIENCE * PROMISED_MS, credited(p) == before + SUM_KRW);
}

Test(charges, told_thrice_in_any_order_or_by_liars_are_credited_once, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_enter(p);
	told_thrice(p);
	told_by_liars(p);
	play_close(&p);
	suite_close(&s);
}
