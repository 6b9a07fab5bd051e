/* The gateway service; what it is stands in service.c. */
#include "services/gateway/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &gateway_svc);
}
