/* The auth service; what it is stands in service.c. */
#include "services/auth/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &auth_svc);
}
