/* What the writer of /metrics sees of the metrics in use. */
#ifndef METRICS_LIST_H
#define METRICS_LIST_H
#include "common/metrics/metrics.h"

extern const int64_t metric_bucket_us[METRIC_BUCKETS];

/* Walk it by .next; it only grows at its head. */
const struct metric *metrics_in_use(void);
#endif
