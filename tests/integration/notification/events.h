/* The events that notification hears, as tests make them. */
#ifndef NOTIFICATION_EVENTS_H
#define NOTIFICATION_EVENTS_H
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/kit/kit.h"

struct person { struct uuid user, company; };
struct person           somebody(void);
/* An order of somebody; its id is new. */
struct order_placed_v1   order_of(struct person who);
struct shipping_moved_v1 parcel_of(struct person who, struct uuid order, const char *status);
/* Places that many orders, each heard well. */
void                     place_orders(struct kit *k, struct person who, int n);
#endif
