/* Ids of the access log: UUIDv7s that follow from the row. */
#ifndef AUTH_ACCESS_LOG_ID_H
#define AUTH_ACCESS_LOG_ID_H
#include "common/core/base.h"

/* The same for the same request, ordered by time to the microsecond. */
struct uuid access_log_id(int64_t at_us, struct text request_id);
/* No id of this time or later is smaller, all earlier ones are. */
struct uuid access_log_floor(int64_t at_us);
#endif
