/* What notification is: the one constant that main() runs and tests open. */
#ifndef NOTIFICATION_SERVICE_H
#define NOTIFICATION_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc notification_svc;
#endif
