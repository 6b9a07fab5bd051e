/* What a message was made of, as JSON beside it: for a front end that words it in another language. */
#ifndef NOTIFICATION_ON_PARAMS_H
#define NOTIFICATION_ON_PARAMS_H
#include "common/core/arena.h"

/* {"a":"…","b":"…"}: pairs of name and text; a text with .at NULL is left out. */
struct param { const char *name; struct text value; };
struct text params_json(struct arena *mem, const struct param *pairs, size_t n);
/* {"amountKrw":1000,"balanceKrw":51000} */
struct text params_points(struct arena *mem, int64_t amount_krw, int64_t balance_krw);
/* "/orders/<id>" */
struct text order_path(struct arena *mem, struct uuid order_id);
#endif
