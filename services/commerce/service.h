/* What commerce is: the one constant that main() runs and tests open. */
#ifndef COMMERCE_SERVICE_H
#define COMMERCE_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc commerce_svc;
#endif
