/* Killed at every point that the sources name: a purchase from the intent of a charge to its cancellation, with the
 * service that has the point dying there, started again, and a client that repeats with the same keys. Nothing is lost,
 * nothing is done twice, and dure-check finds nothing.
 *
 * The points are read from the sources, so a new one is covered by being written: those of the service's own folder
 * must all be passed, of those that all services share each passes what it uses. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/kit/room.h"
#include "tests/scenario/customer/customer.h"

enum { MAX_POINTS = 128, WRONG_KRW = 900, PART_KRW = 1000, GRANT_KRW = 100, DAY_S = 86400, NIGHT_LEASE_S = 601 };

struct point { const char *service, *name; bool own; };

/* ---- the list */

static size_t
read_points(const char *service, bool own, struct point *points, size_t n)
{
	const char *command = kit_print("cd '%s' && grep -rhoE 'FAULT_POINT\\(\"[a-z_.]+\"\\)' %s%s --include='*.c' "
	    "| cut -d'\"' -f2 | sort -u", kit_root(), own ? "services/" : "common", own ? service : "");
	FILE *from = popen(command, "r");
	char line[128];

	cr_assert_not_null(from);
	while (fgets(line, sizeof(line), from) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		cr_assert_lt(n, MAX_POINTS);
		points[n++] = (struct point){ service, kit_print("%s", line), own };
	}
	cr_assert_eq(pclose(from), 0);
	return n;
}

/* ---- the purchase */

static int64_t
balance(struct play *p)
{
	(void)revive(p);
	return atoll(suite_sql(p->suite, "commerce", "SELECT coalesce((SELECT balance_krw FROM point_account "
	    "WHERE user_id = '%s'), -1)", p->buyer.id));
}

static void
pay(struct play *p)
{
	struct kit_reply r = want(201, ask(p, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", CHARGED_KRW),
	    as(&p->buyer), key(p, "charge")));
	const char *order = text_in(r, "orderId"), *path = kit_print("/api/payments/%s/confirm", text_in(r, "id"));

	p->payment = text_in(r, "id");
	r = want(200, ask(p, "POST", path, kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}",
	    agree(p, order, CHARGED_KRW), order, CHARGED_KRW), as(&p->buyer), key(p, "confirm")));
	kit_sure(strcmp(text_in(r, "status"), "paid") == 0);
	kit_until(PATIENCE * PROMISED_MS, balance(p) == CHARGED_KRW);
}

static void
buy(struct play *p)
{
	const char *json = kit_print("{\"lines\":[{\"productId\":\"%s\",\"quantity\":%d}],\"registeredCouponId\":\"%s\","
	    "\"recipient\":\"김두레\",\"phone\":\"%s\",\"postalCode\":\"04524\",\"address\":\"세종대로 110\"}", p->product, QUANTITY,
	    p->registered, p->buyer.phone);
	struct kit_reply r = want(201, ask(p, "POST", "/api/orders", json, as(&p->buyer), key(p, "order")));

	p->order = text_in(r, "id");
	kit_until(PATIENCE * PROMISED_MS, balance(p) == CHARGED_KRW - PAID_KRW);
}

/* ---- the office */

/* A change whose answer was lost makes its repetition stale. */
static void
change(struct play *p, const char *path, const char *json)
{
	struct kit_reply r = ask(p, "PATCH", path, json, as(&p->seller), "If-Match: \"v1\"");

	kit_sure(r.status == 200 || (p->deaths > 0 && r.status == 412));
}

static void
keep_shop(struct play *p)
{
	struct kit_reply r = want(201, ask(p, "POST", "/api/categories", kit_print("{\"name\":\"잡화\",\"slug\":\"goods-%d\"}",
	    p->number), as(&p->seller), key(p, "category")));

	change(p, kit_print("/api/categories/%s", text_in(r, "id")), "{\"sort\":7}");
	change(p, kit_print("/api/coupons/%s", p->coupon), "{\"validDays\":8}");
	change(p, kit_print("/api/products/%s", p->product), "{\"description\":\"두레에서 쓰는 컵\"}");
	want(201, ask(p, "POST", kit_print("/api/products/%s/stock-movements", p->product), "{\"kind\":\"receipt\",\"delta\":5}",
	    as(&p->seller), key(p, "receipt")));
}

/* It is none, which is as much work for whoever finds out. */
static void
hang_picture(struct play *p)
{
	static const char picture[] = "this is no picture";
	const char *at = kit_print("/api/products/%s/image", p->product);
	struct kit_reply r = want(201, ask(p, "POST", kit_print("%s-uploads", at), kit_print("{\"contentType\":\"image/png\","
	    "\"sizeBytes\":%zu}", strlen(picture)), as(&p->seller)));

	want(200, kit_http(p->suite, "PUT", text_in(r, "url"), picture, "Content-Type: image/png"));
	want(200, ask(p, "PUT", at, kit_print("{\"imageId\":\"%s\"}", text_in(r, "imageId")), as(&p->seller)));
}

/* It begins in a hundred years, so it changes no price of today. */
static void
announce_discount(struct play *p)
{
	const char *from = "2126-01-01T00:00:00Z", *until = "2126-02-01T00:00:00Z";
	struct kit_reply r = want(201, ask(p, "POST", "/api/discounts", kit_print("{\"name\":\"백 년 뒤\",\"kind\":\"fixed\","
	    "\"value\":1,\"productId\":\"%s\",\"startsAt\":\"%s\",\"endsAt\":\"%s\"}", p->product, from, until),
	    as(&p->seller), key(p, "discount")));

	change(p, kit_print("/api/discounts/%s", text_in(r, "id")), "{\"value\":2}");
}

static void
grant(struct play *p)
{
	want(201, ask(p, "POST", kit_print("/api/point-accounts/%s/grants", p->buyer.id), kit_print("{\"amountKrw\":%d,"
	    "\"reason\":\"감사합니다\"}", GRANT_KRW), as(&p->seller), key(p, "grant")));
}

/* A piece by the seller, the rest by the buyer. */
static void
give_back(struct play *p)
{
	struct kit_reply r = want(200, ask(p, "GET", kit_print("/api/orders/%s", p->order), NULL, as(&p->seller)));

	want(201, ask(p, "POST", kit_print("/api/orders/%s/refunds", p->order), "{\"lines\":[{\"lineNo\":1,\"quantity\":1}],"
	    "\"reason\":\"파손\"}", as(&p->seller), key(p, "refund"), kit_print("If-Match: %s", kit_header(&r, "ETag"))));
	r = want(201, ask(p, "POST", kit_print("/api/orders/%s/cancellation", p->order), "{}", as(&p->buyer), key(p, "cancel")));
	kit_sure(strcmp(text_in(r, "status"), "cancelled") == 0 && kit_json_i64(r.body, "cumulativeKrw") == PAID_KRW);
	kit_until(PATIENCE * PROMISED_MS, balance(p) == CHARGED_KRW);
}

/* ---- what does not come to a purchase, and money that goes back */

static void
wake(struct play *p)
{
	if (revive(p))
		suite_clock(p->suite, 61);      /* over the lease of the job that died */
}

static bool
has_come_to(struct play *p, const char *sql, const char *id, const char *state)
{
	wake(p);
	return strcmp(suite_sql(p->suite, "billing", "SELECT %s = '%s'", sql, id), state) == 0;
}

static const char *
intent(struct play *p, const char *word, const char **order)
{
	struct kit_reply r = want(201, ask(p, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", PART_KRW),
	    as(&p->buyer), key(p, word)));

	*order = text_in(r, "orderId");
	return text_in(r, "id");
}

static void
abandon(struct play *p)
{
	const char *order, *id = intent(p, "abandoned", &order);

	want(204, ask(p, "DELETE", kit_print("/api/payments/%s", id), NULL, as(&p->buyer)));
	kit_sure(has_come_to(p, "status FROM payment WHERE id", id, "cancelled"));
}

/* Somebody captures another sum under our order id: the provider's webhook tells, and it goes back once. */
static void
capture_wrong_sum(struct play *p)
{
	const char *order, *id = intent(p, "wrong", &order), *at = suite_url(p->suite, "sandbox");

	want(200, kit_http(p->suite, "POST", kit_print("%s/v1/payments/confirm", at), kit_print("{\"paymentKey\":\"%s\","
	    "\"orderId\":\"%s\",\"amount\":%d}", agree(p, order, WRONG_KRW), order, WRONG_KRW),
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og=="));
	kit_until(PATIENCE * PROMISED_MS, has_come_to(p, "state FROM payment_review WHERE payment_id", id, "cancelled"));
}

static void
cancel_payment(struct play *p, const char *word, const char *json, const char *state)
{
	struct kit_reply r = want(201, ask(p, "POST", kit_print("/api/payments/%s/cancellations", p->payment), json,
	    as(&p->buyer), key(p, word)));

	kit_until(PATIENCE * PROMISED_MS, has_come_to(p, "status FROM cancellation WHERE id", text_in(r, "id"), state));
}

/* A part that the provider refuses for good, then all of it. */
static void
give_charge_back(struct play *p)
{
	const char *switches = kit_print("%s/sandbox/switches", suite_url(p->suite, "sandbox"));

	want(200, kit_http(p->suite, "PUT", switches,
	    "{\"toss.cancel\":{\"mode\":\"decline\",\"code\":\"NOT_CANCELABLE_PAYMENT\"}}"));
	cancel_payment(p, "cancel-part", kit_print("{\"amountKrw\":%d,\"reason\":\"변심\"}", PART_KRW), "failed");
	kit_until(PATIENCE * PROMISED_MS, balance(p) == CHARGED_KRW);
	want(200, kit_http(p->suite, "PUT", switches, "{\"toss.cancel\":null}"));
	cancel_payment(p, "cancel-all", "{\"reason\":\"변심\"}", "refunded");
	kit_until(PATIENCE * PROMISED_MS, balance(p) == 0);
}

/* A minute later: whatever was begun and dropped, the jobs take up. */
static void
let_jobs_pass(struct play *p)
{
	suite_clock(p->suite, 61);
	kit_until(PATIENCE * PROMISED_MS, (wake(p), atoi(suite_sql(p->suite, p->mortal, "SELECT count(*) FROM jobs "
	    "WHERE state = 'leased' OR (state = 'waiting' AND look_at < '%s')", suite_now(p->suite))) == 0));
}

/* What has not been passed by day must be on the way of the nightly jobs. */
static void
sleep_over_it(struct play *p)
{
	int64_t patience = kit_deadline(PATIENCE * PROMISED_MS);

	suite_clock(p->suite, DAY_S);
	while (!revive(p) && kit_goes_on(patience))
		;
	suite_clock(p->suite, NIGHT_LEASE_S);
	let_jobs_pass(p);
}

static bool
dies_at(struct suite *s, const struct point *point, int number)
{
	struct play *p = play_new(s, number);
	bool died, by_day;

	play_enter(p);
	seller_enter(p);
	seller_offer(p);
	p->patient = true;
	p->mortal = point->service;
	suite_fault(s, point->service, kit_print("%s=kill", point->name));
	coupon_claim(p);
	keep_shop(p);
	hang_picture(p);
	announce_discount(p);
	abandon(p);
	pay(p);
	buy(p);
	shipping_prepare(p);
	give_back(p);
	capture_wrong_sum(p);
	give_charge_back(p);
	grant(p);
	let_jobs_pass(p);
	by_day = revive(p) || p->deaths > 0;
	if (!by_day && point->own)
		sleep_over_it(p);
	suite_fault(s, point->service, "");
	died = p->deaths > 0;
	if (died)
		suite_check_acked(s, p->order);
	cr_expect_eq(balance(p), by_day || !point->own ? GRANT_KRW : 0, "%s died at %s", point->service, point->name);
	play_close(&p);
	return died;
}

static void
die_at_all(const char *service)
{
	struct point points[MAX_POINTS];
	struct suite *s = play_suite(0, "commerce", "DURE_POINTS_EXPIRE_DAYS=1");
	size_t n = read_points(service, false, points, read_points(service, true, points, 0));

	for (size_t i = 0; i < n; i++) {
		bool died = dies_at(s, &points[i], (int)i);

		fprintf(stderr, "%s %s %s\n", service, died ? "dies at" : "does not come to", points[i].name);
		cr_expect(died || !points[i].own, "%s never came to %s: let a purchase pass it", service, points[i].name);
	}
	suite_close(&s);
}

Test(points, billing_dies_at_each_of_them_and_everything_adds_up, .timeout = 300)
{
	die_at_all("billing");
}

Test(points, commerce_dies_at_each_of_them_and_everything_adds_up, .timeout = 300)
{
	die_at_all("commerce");
}
