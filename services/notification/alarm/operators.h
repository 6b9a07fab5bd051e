/* Who must hear of what needs a person. */
#ifndef NOTIFICATION_ALARM_OPERATORS_H
#define NOTIFICATION_ALARM_OPERATORS_H
#include "services/notification/alarm/alarm.h"

/* alarm_add() for every operator there is; user and company of `a` are not read. */
const struct err *alarm_operators(struct req *rq, const struct alarm_new *a) MUST_USE;
/* From now on this one hears too; twice is fine. */
const struct err *operator_keep(struct req *rq, struct uuid user, int64_t added_us) MUST_USE;
#endif
