/* What auth is: the one constant that main() runs and tests open. */
#ifndef AUTH_SERVICE_H
#define AUTH_SERVICE_H
#include "common/svc/svc.h"

extern const struct svc auth_svc;
#endif
