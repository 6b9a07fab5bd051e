/* What billing is: the one constant that main() runs and tests open. */
#ifndef BILLING_SERVICE_H
#define BILLING_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc billing_svc;
#endif
