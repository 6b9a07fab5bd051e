/* What an alarm is about when the event names no id. */
#ifndef NOTIFICATION_ON_SOURCE_H
#define NOTIFICATION_ON_SOURCE_H
#include "common/core/base.h"

/* The same for the same fact, for no other: made of what happened, to whom (nil: to nobody) and when. */
struct uuid source_of(struct text what, struct uuid whom, int64_t when_us);
#endif
