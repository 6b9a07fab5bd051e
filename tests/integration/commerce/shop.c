/* The words of the commerce tests. */
#include "tests/integration/commerce/shop.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/commerce/service.h"

#define HOUR_US (INT64_C(3600) * 1000000)

struct kit *
shop_open(void)
{
	struct kit *k = kit_open(&commerce_svc);

	kit_event_ignore(k, "product.%");
	return k;
}

void
shop_close(struct kit **k)
{
	shop_check(*k);
	kit_close(k);
}

/* Each selects what is wrong, as one text a row. */
static const char *const invariants[] = {
	"SELECT 'I2 order ' || o.id FROM orders o LEFT JOIN (SELECT order_id, count(*) n, sum(amount_krw) a,"
	" sum(discount_krw) d FROM order_item GROUP BY 1) i ON i.order_id = o.id"
	" WHERE (i.n, i.a, i.d, o.paid_krw) IS DISTINCT FROM (o.line_count, o.total_krw, o.discount_krw, i.a - i.d)",
	"SELECT 'I3 stock of ' || p.id FROM product p WHERE p.stock < 0 OR p.stock <>"
	" (SELECT coalesce(sum(delta), 0) FROM stock_movement m WHERE m.product_id = p.id)",
	"SELECT 'I3 sold of ' || i.order_id FROM order_item i LEFT JOIN stock_movement m ON m.product_id = i.product_id"
	" AND m.source_id = i.order_id AND m.kind = 'order' WHERE m.delta IS DISTINCT FROM -i.quantity",
	"SELECT 'I3 returned of ' || coalesce(l.refund_id, m.source_id) FROM (SELECT l.refund_id, i.product_id, l.quantity"
	" FROM refund r JOIN refund_line l ON l.refund_id = r.id JOIN order_item i ON (i.order_id, i.line_no) = (l.order_id,"
	" l.line_no) WHERE r.restocked) l FULL JOIN (SELECT * FROM stock_movement WHERE kind = 'return') m ON m.source_id ="
	" l.refund_id AND m.product_id = l.product_id WHERE m.delta IS DISTINCT FROM l.quantity",
	"SELECT 'I3 movement without an order ' || m.source_id FROM stock_movement m WHERE m.kind = 'order' AND NOT EXISTS"
	" (SELECT FROM order_item i WHERE i.order_id = m.source_id AND i.product_id = m.product_id)",
	"SELECT 'I4 registered ' || c.id FROM coupon c WHERE c.registered > coalesce(c.total_cap, c.registered)"
	" OR c.registered <> (SELECT count(*) FROM registered_coupon r WHERE r.coupon_id = c.id)",
	"SELECT 'I4 code ' || k.id FROM coupon_code k WHERE k.uses > k.uses_most OR k.uses <>"
	" (SELECT count(*) FROM registered_coupon r WHERE r.code_id = k.id)",
	"SELECT 'I4 redeemed ' || r.id FROM registered_coupon r WHERE (SELECT count(*) FROM orders o WHERE o.coupon_returned_at"
	" IS NULL AND o.registered_coupon_id = r.id) <> (r.used_at IS NOT NULL)::int OR r.order_id IS DISTINCT FROM (SELECT"
	" o.id FROM orders o WHERE o.coupon_returned_at IS NULL AND o.registered_coupon_id = r.id LIMIT 1)",
	"SELECT 'I5 balance of ' || a.user_id FROM point_account a WHERE a.balance_krw < 0 OR a.balance_krw <>"
	" (SELECT coalesce(sum(amount_krw), 0) FROM point_entry e WHERE e.user_id = a.user_id)",
	"SELECT 'I5 source ' || source_id FROM point_entry GROUP BY source_id, kind HAVING count(*) > 1",
	"SELECT 'I5 entry of ' || o.id FROM orders o LEFT JOIN point_entry e ON e.source_id = o.id AND e.kind = 'order'"
	" WHERE (e.amount_krw, e.user_id) IS DISTINCT FROM (-o.paid_krw, o.user_id)",
	"SELECT 'I5 returned ' || r.id FROM point_entry r WHERE r.kind = 'cancel_failed' AND NOT EXISTS (SELECT FROM point_entry h"
	" WHERE h.source_id = r.source_id AND h.kind = 'cancel' AND h.user_id = r.user_id AND h.amount_krw = -r.amount_krw)",
	"SELECT 'I5 refund ' || coalesce(r.id, e.source_id) FROM refund r FULL JOIN (SELECT * FROM point_entry WHERE kind ="
	" 'refund') e ON e.source_id = r.id WHERE r.amount_krw IS DISTINCT FROM e.amount_krw",
	"SELECT 'I5 refunds of ' || o.id FROM orders o LEFT JOIN (SELECT order_id, sum(amount_krw) a, max(cumulative_krw) c FROM"
	" refund GROUP BY 1) r ON r.order_id = o.id WHERE o.refunded_krw > o.paid_krw OR (coalesce(r.a, 0), coalesce(r.c, 0))"
	" IS DISTINCT FROM (o.refunded_krw, o.refunded_krw)",
	"SELECT 'I5 pieces of ' || i.order_id FROM order_item i LEFT JOIN (SELECT order_id, line_no, sum(quantity) q,"
	" sum(amount_krw) a FROM refund_line GROUP BY 1, 2) l USING (order_id, line_no) WHERE coalesce(l.q, 0) <>"
	" i.refunded_quantity OR (i.refunded_quantity = i.quantity AND l.a <> i.amount_krw - i.discount_krw)",
	"SELECT 'I5 order of entry ' || e.id FROM point_entry e WHERE e.kind = 'order' AND NOT EXISTS"
	" (SELECT FROM orders o WHERE o.id = e.source_id)",
	"SELECT 'I9 ' || type || ' of ' || key || ': ' || sum(n) FROM ("
	"  SELECT type, key, 1 AS n FROM outbox WHERE type NOT IN ('points.refused', 'category.changed',"
	"                                                                  'audit.recorded')"
	"  UNION ALL SELECT 'order.placed', user_id, -1 FROM orders"
	"  UNION ALL SELECT 'points.credited', user_id, -1 FROM point_entry WHERE kind IN ('charge', 'cancel_failed')"
	"  UNION ALL SELECT 'points.held', user_id, -1 FROM point_entry WHERE kind = 'cancel'"
	"  UNION ALL SELECT 'coupon.changed', id, -version FROM coupon"
	"  UNION ALL SELECT 'coupon.registered', user_id, -1 FROM registered_coupon"
	"  UNION ALL SELECT 'points.granted', user_id, -1 FROM point_entry WHERE kind = 'grant'"
	"  UNION ALL SELECT 'points.expired', user_id, -1 FROM point_entry WHERE kind = 'expiry'"
	"  UNION ALL SELECT 'order.refunded', o.user_id, -1 FROM refund r JOIN orders o ON o.id = r.order_id"
	"  UNION ALL SELECT 'order.cancelled', o.user_id, -1 FROM refund r JOIN orders o ON o.id = r.order_id"
	"            WHERE r.status = 'cancelled'"
	"  UNION ALL SELECT 'shipping.moved', o.user_id, -1 FROM shipping_move m JOIN orders o ON o.id = m.order_id"
	"            WHERE m.version > 1"
	"  UNION ALL SELECT 'product.created', id, -1 FROM product"
	"  UNION ALL SELECT 'product.changed', id, -(version - 1 - (deleted_at IS NOT NULL)::int) FROM product"
	"  UNION ALL SELECT 'product.deleted', id, -1 FROM product WHERE deleted_at IS NOT NULL"
	"  UNION ALL SELECT 'stock.moved', product_id, -1 FROM stock_movement WHERE moved_by IS NOT NULL"
	"            AND kind IN ('receipt', 'correction')"
	"  UNION ALL SELECT 'discount.changed', id, -version FROM discount) x GROUP BY type, key HAVING sum(n) <> 0",
	"SELECT 'I12 moves of ' || o.id FROM orders o WHERE o.version <> 1 + (SELECT count(*) FROM order_move m WHERE m.order_id ="
	" o.id) OR o.status <> coalesce((SELECT m.status FROM order_move m WHERE m.order_id = o.id ORDER BY version DESC LIMIT 1),"
	" 'paid')",
	"SELECT 'I12 shipping of ' || o.id FROM orders o LEFT JOIN shipping s ON s.order_id = o.id WHERE s.version IS"
	" DISTINCT FROM (SELECT count(*) FROM shipping_move m WHERE m.order_id = o.id) OR s.status IS DISTINCT FROM"
	" (SELECT m.status FROM shipping_move m WHERE m.order_id = o.id ORDER BY version DESC LIMIT 1)",
};

void
shop_check(struct kit *k)
{
	for (size_t i = 0; i < COUNT_OF(invariants); i++) {
		const char *broken = kit_sql(k, "%s", invariants[i]);

		/* In a .fini nothing but a death is noticed (tests/run). */
		if (*broken != '\0')
			kit_fail("%s", broken);
	}
}

const char *
shop_digest(struct kit *k)
{
	const char *names = kit_sql(k, "SELECT string_agg('SELECT ''' || tablename || ''' AS name, md5(string_agg(t::text, "
	    "chr(10) ORDER BY t::text)) AS rows FROM ' || tablename || ' t', ' UNION ALL ') FROM pg_tables "
	    "WHERE schemaname = current_schema()");

	return kit_sql(k, "SELECT name || ' ' || coalesce(rows, 'none') FROM (%s) x ORDER BY 1", names);
}

const char *
id_text(struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	return kit_print("%s", text);
}

static const char *
time_text(int64_t us)
{
	char text[TIME_CHARS + 1];

	time_print(us, text);
	return kit_print("%s", text);
}

static const char *
id_of_created(struct kit_reply r)
{
	if (r.status != 201)
		kit_fail("not created: %d %s", r.status, r.body);
	return kit_json_text(r.body, "id");
}

const char *
category_of(struct kit *k, const char *slug)
{
	return kit_sql(k, "SELECT id FROM category WHERE slug = '%s'", slug);
}

const char *
category_below(struct kit *k, const char *parent_slug, const char *slug)
{
	kit_as_operator(k);
	return id_of_created(kit_call(k, "POST /api/categories", kit_print("{\"name\":\"%s\",\"slug\":\"%s\","
	    "\"parentId\":\"%s\"}", slug, slug, category_of(k, parent_slug))));
}

const char *
product_of(struct kit *k, int64_t price_krw, int64_t stock, const char *category)
{
	kit_as_operator(k);
	return id_of_created(kit_call(k, "POST /api/products", kit_print("{\"name\":\"물건 %lld원\",\"priceKrw\":%lld,"
	    "\"stock\":%lld,\"categoryId\":\"%s\"}", (long long)price_krw, (long long)price_krw, (long long)stock,
	    category_of(k, category))));
}

static const char *
limited(struct kit *k, const char *path, const char *name, const char *terms)
{
	int64_t now = clock_now_us();

	kit_as_operator(k);
	return id_of_created(kit_call(k, path, kit_print("{\"name\":\"%s\",%s,\"startsAt\":\"%s\","
	    "\"endsAt\":\"%s\"}", name, terms, time_text(now - 24 * HOUR_US), time_text(now + 30 * 24 * HOUR_US))));
}

const char *
coupon_of(struct kit *k, const char *terms)
{
	return limited(k, "POST /api/coupons", "쿠폰", terms);
}

const char *
discount_of(struct kit *k, const char *terms)
{
	return limited(k, "POST /api/discounts", "할인", terms);
}

struct shopper
shopper_with(struct kit *k, int64_t krw)
{
	struct shopper s = { uuid_new(), uuid_new() };
	const char *slug = kit_hear(k, &user_joined_v1_event, s.company, &(struct user_joined_v1){ .user_id = s.user,
		.company_id = s.company, .name = TEXT("김두레"), .phone = TEXT("01000000001"),
		.email = TEXT("dure@example.com"), .joined_at = clock_now_us() });

	if (slug == NULL && krw > 0)
		slug = kit_hear(k, &payment_settled_v1_event, s.company, &(struct payment_settled_v1){
			.payment_id = uuid_new(), .user_id = s.user, .company_id = s.company, .purpose = TEXT("points"),
			.amount_krw = krw, .currency = TEXT("KRW"), .provider = TEXT("toss"),
			.provider_payment_id = TEXT("key"), .method = TEXT("card"), .paid_at = clock_now_us() });
	if (slug != NULL)
		kit_fail("no shopper: %s", slug);
	return s;
}

int64_t
balance_of(struct kit *k, const struct shopper *s)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_json_i64(kit_call(k, "GET /api/points", NULL).body, "balanceKrw");
}

struct kit_reply
claim_by(struct kit *k, const struct shopper *s, const char *coupon)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_call(k, kit_print("POST /api/coupons/%s/registrations", coupon), NULL);
}

const char *
claimed_by(struct kit *k, const struct shopper *s, const char *coupon)
{
	return id_of_created(claim_by(k, s, coupon));
}

const char *
line(const char *product, int quantity)
{
	return kit_print("{\"productId\":\"%s\",\"quantity\":%d}", product, quantity);
}

const char *
order_json(const char *lines, const char *registered)
{
	return kit_print("{\"lines\":[%s],%s\"recipient\":\"김두레\",\"phone\":\"01000000001\",\"postalCode\":\"04524\","
	    "\"address\":\"서울특별시 중구 세종대로 110\"}", lines,
	    registered != NULL ? kit_print("\"registeredCouponId\":\"%s\",", registered) : "");
}

struct kit_reply
preview_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_call(k, "POST /api/orders/preview", kit_print("{\"lines\":[%s]%s}", lines,
	    registered != NULL ? kit_print(",\"registeredCouponId\":\"%s\"", registered) : ""));
}

struct kit_reply
order_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_call(k, "POST /api/orders", order_json(lines, registered));
}

const char *
placed_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered)
{
	return id_of_created(order_by(k, s, lines, registered));
}

struct kit_reply
refund_of(struct kit *k, const char *order, const char *members)
{
	struct kit_reply r;

	kit_as_operator(k);
	r = kit_call(k, kit_print("GET /api/orders/%s", order), NULL);
	return kit_call(k, kit_print("POST /api/orders/%s/refunds", order), kit_print("{\"reason\":\"파손\"%s}", members),
	    kit_print("If-Match: %s", kit_header(&r, "ETag")));
}

struct kit_reply
cancel_by(struct kit *k, const struct shopper *s, const char *order)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_call(k, kit_print("POST /api/orders/%s/cancellation", order), "{}");
}

struct kit_reply
ship_to(struct kit *k, const char *order, const char *status, int version)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("PATCH /api/orders/%s/shipping", order), kit_print("{\"status\":\"%s\","
	    "\"carrier\":\"CJ대한통운\",\"trackingNumber\":\"123456789012\"}", status), kit_print("If-Match: \"v%d\"", version));
}

void
ship_until(struct kit *k, const char *order, const char *status)
{
	static const char *const states[] = { "ordered", "preparing", "shipped", "delivering", "delivered" };

	for (int i = 0; strcmp(states[i], status) != 0; i++)
		if (ship_to(k, order, states[i + 1], i + 1).status != 200)
			kit_fail("order %s does not come to %s", order, status);
}

/* ---- crowds */

struct member { pthread_t thread; pthread_barrier_t *start; void (*part)(void *arg, int i); void *arg; int i; };

static void *
take_part(void *arg)
{
	struct member *m = arg;

	pthread_barrier_wait(m->start);
	m->part(m->arg, m->i);
	return NULL;
}

void
crowd(int n, void (*part)(void *arg, int i), void *arg)
{
	struct member *members = calloc((size_t)n, sizeof(*members));
	pthread_barrier_t start;

	kit_sure(members != NULL && pthread_barrier_init(&start, NULL, (unsigned)n) == 0);
	for (int i = 0; i < n; i++) {
		members[i] = (struct member){ .start = &start, .part = part, .arg = arg, .i = i };
		kit_sure(pthread_create(&members[i].thread, NULL, take_part, &members[i]) == 0);
	}
	for (int i = 0; i < n; i++)
		pthread_join(members[i].thread, NULL);
	pthread_barrier_destroy(&start);
	free(members);
}

int
count_replies(const struct kit_reply *replies, int n, int status, const char *slug)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += replies[i].status == status && (slug == NULL || strcmp(replies[i].slug, slug) == 0);
	return found;
}
