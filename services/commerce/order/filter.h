/* Which orders a list or an export shows. */
#ifndef COMMERCE_ORDER_FILTER_H
#define COMMERCE_ORDER_FILTER_H
#include "common/core/req.h"

/* As the contract's query has them. */
struct order_filter {
	struct uuid user_id;                        /* nil: everybody */
	struct text status, shipping_status;        /* .at NULL: any */
	struct text order_no;                       /* beginning of the number, .at NULL: any; else 8 characters or more */
	int64_t     from_us, to_us;                 /* placed in [from, to) */
};
#define ORDER_FILTER(in) (struct order_filter){ .user_id = (in)->user_id, .status = (in)->status, \
	.shipping_status = (in)->shipping_status, .order_no = (in)->order_no, \
	.from_us = (in)->has_from ? (in)->from : 0, .to_us = (in)->has_to ? (in)->to : ORDER_FILTER_LAST_US }

/* 9999-12-31T23:59:59Z */
#define ORDER_FILTER_LAST_US (INT64_C(253402300799) * 1000000)

/* The range of ids, both ends exclusive, in which orders placed in the filter's period stand: an id begins with the time
 * at which it was made. The times of an order number narrow the period first. */
struct order_range { struct uuid after, before; };
struct order_range order_filter_range(struct req *rq, struct order_filter *filter);
#endif
