/* The words of the price tests: a cart of numbered lines and a coupon as a shop would say it. */
#ifndef UNIT_COMMERCE_ORDER_TILL_H
#define UNIT_COMMERCE_ORDER_TILL_H
#include "services/commerce/order/price.h"

enum { MOST_LINES = 12 };
#define NO_COUPON       &(struct terms){ 0 }
#define PERCENT(...)    &(struct terms){ .present = true, .percent = true, .value = __VA_ARGS__ }
#define FIXED(...)      &(struct terms){ .present = true, .value = __VA_ARGS__ }
#define ONLY(c)         .only = (c)
#define AT_MOST(v)      .has_maximum = true, .maximum_krw = (v)

/* only: the category it is for, NULL: everything. */
struct terms { bool present, percent; int64_t value, minimum_krw; bool has_maximum; int64_t maximum_krw; const char *only; };

/* The cart in hand and what it came to. */
extern struct price_line lines[MOST_LINES];
extern struct price sum;

/* Around each test. */
void till_open(void);
void till_close(void);
/* Forgets what the arena holds. */
void till_reset(void);

void line(size_t at, const char *category, int64_t unit_krw, int32_t quantity);
void discounted(size_t at, bool percent, int64_t value);
/* Prices the first n lines: the slug of the refusal, "" when there is none. */
const char *price(size_t n, const struct terms *t);
#endif
