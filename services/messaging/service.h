/* What messaging is: the one constant that main() runs and tests open. */
#ifndef MESSAGING_SERVICE_H
#define MESSAGING_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc messaging_svc;
#endif
