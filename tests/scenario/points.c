/* Killed at every point that the sources name: a purchase from the intent of a charge to the parcel, with the service
 * that has the point dying there, started again, and a client that repeats with the same keys. Nothing is lost,
 * nothing is done twice, and dure-check finds nothing.
 *
 * The points are read from the sources, so a new one is covered by being written: those of the service's own folder
 * must all be passed, of those that all services share each passes what it uses. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/kit/room.h"
#include "tests/scenario/customer/customer.h"

enum { MAX_POINTS = 128 };

/* A service's own points that are not on the way of a purchase, and where they are passed instead. */
static const char *const elsewhere[] = {
	"payment.resolved",      /* the janitor of a lost capture: scenario faults */
};

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

static bool
is_elsewhere(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
		if (strcmp(elsewhere[i], name) == 0)
			return true;
	return false;
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

/* Ten minutes later: whatever was begun and dropped, the jobs take up. */
static void
let_jobs_pass(struct play *p)
{
	suite_clock(p->suite, 61);
	kit_until(PATIENCE * PROMISED_MS, (revive(p), atoi(suite_sql(p->suite, p->mortal,
	    "SELECT count(*) FROM jobs WHERE state = 'leased' OR (state = 'waiting' AND look_at < to_timestamp(%lld))",
	    (long long)time(NULL))) == 0));
}

static bool
dies_at(struct suite *s, const struct point *point, int number)
{
	struct play *p = play_new(s, number);
	bool died;

	play_enter(p);
	seller_enter(p);
	seller_offer(p);
	coupon_claim(p);
	p->patient = true;
	p->mortal = point->service;
	suite_fault(s, point->service, kit_print("%s=kill", point->name));
	pay(p);
	buy(p);
	shipping_prepare(p);
	let_jobs_pass(p);
	(void)revive(p);
	suite_fault(s, point->service, "");
	died = p->deaths > 0;
	if (died)
		suite_check_acked(s, p->order);
	cr_expect_eq(balance(p), CHARGED_KRW - PAID_KRW, "%s died at %s", point->service, point->name);
	play_close(&p);
	return died;
}

static void
die_at_all(const char *service)
{
	struct point points[MAX_POINTS];
	struct suite *s = play_suite(0);
	size_t n = read_points(service, false, points, read_points(service, true, points, 0));

	for (size_t i = 0; i < n; i++) {
		bool died = dies_at(s, &points[i], (int)i);

		fprintf(stderr, "%s %s %s\n", service, died ? "dies at" : "does not come to", points[i].name);
		cr_expect(died || !points[i].own || is_elsewhere(points[i].name), "%s never came to %s: let a purchase pass it, or "
		    "name where it is passed", service, points[i].name);
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
