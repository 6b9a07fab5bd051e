/* What gateway is: the one constant that main() runs and tests open. */
#ifndef GATEWAY_SERVICE_H
#define GATEWAY_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc gateway_svc;
#endif
