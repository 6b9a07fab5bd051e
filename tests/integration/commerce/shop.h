/* The words of the commerce tests: a shop, its products and coupons, shoppers with points, crowds. */
#ifndef INTEGRATION_COMMERCE_SHOP_H
#define INTEGRATION_COMMERCE_SHOP_H
#include "tests/kit/kit.h"

/* Ids are texts of 36 characters, as the answers have them. */
struct shopper { struct uuid user, company; };

struct kit *shop_open(void);
/* Checks the books, then closes. */
void        shop_close(struct kit **k);
/* Fails the test with every broken invariant of the ledger, the stock, the coupons, the orders and the outbox. */
void        shop_check(struct kit *k);
/* A digest of all rows of all tables of the schema: equal when nothing was written in between. */
const char *shop_digest(struct kit *k);

const char *id_text(struct uuid id);

/* The category with this slug. */
const char *category_of(struct kit *k, const char *slug);
/* A new one below another; returns its id. */
const char *category_below(struct kit *k, const char *parent_slug, const char *slug);
/* Made by an operator; category: a slug. */
const char *product_of(struct kit *k, int64_t price_krw, int64_t stock, const char *category);
/* terms: further members, "\"kind\":\"fixed\",\"value\":1000". Open from yesterday for 30 days. */
const char *coupon_of(struct kit *k, const char *terms);
/* terms as above, with "productId" or "categoryId"; open from yesterday for 30 days. */
const char *discount_of(struct kit *k, const char *terms);

/* A shopper whose account was opened by user.joined and, for krw > 0, charged by one payment.settled. */
struct shopper shopper_with(struct kit *k, int64_t krw);
int64_t     balance_of(struct kit *k, const struct shopper *s);
struct kit_reply claim_by(struct kit *k, const struct shopper *s, const char *coupon);
/* The id of the registered coupon; the claim must succeed. */
const char *claimed_by(struct kit *k, const struct shopper *s, const char *coupon);

/* The body of an order. lines as by line(), joined with commas; registered NULL: no coupon. */
const char *line(const char *product, int quantity);
const char *order_json(const char *lines, const char *registered);
struct kit_reply preview_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered);
struct kit_reply order_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered);

/* The id of an order; it must succeed. */
const char *placed_by(struct kit *k, const struct shopper *s, const char *lines, const char *registered);
/* An operator reads the order and refunds it: members are added to the reason, ",\"restock\":true". */
struct kit_reply refund_of(struct kit *k, const char *order, const char *members);
struct kit_reply cancel_by(struct kit *k, const struct shopper *s, const char *order);
/* An operator moves the parcel from that version on; or, from the beginning, until it has that status. */
struct kit_reply ship_to(struct kit *k, const char *order, const char *status, int version);
void        ship_until(struct kit *k, const char *order, const char *status);

/* n threads run part(arg, i) for i in [0, n), let go together; returns when all have ended. */
void        crowd(int n, void (*part)(void *arg, int i), void *arg);
/* How many of these answers have this status and, unless NULL, this slug. */
int         count_replies(const struct kit_reply *replies, int n, int status, const char *slug);
#endif
