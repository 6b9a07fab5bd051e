/* What the files of this room see of the metrics. */
#ifndef METRICS_LIST_H
#define METRICS_LIST_H
#include "common/metrics/metrics.h"

/* values: as many as the metric has labels. value: the count or gauge; of a histogram, how many were observed.
 * bucket: those that fell into each; only histograms have them. */
struct metric_series {
	const struct metric  *of;
	struct metric_series *next;
	const char           *values[2];
	int64_t               value, sum_us, bucket[];
};

extern const int64_t metric_bucket_us[METRIC_BUCKETS];

/* Walk it by .next. */
const struct metric *metrics_declared(void);
/* process.c: a probe that reads what the kernel says of this process. */
void                 metrics_of_process(void *arg);
#endif
