/* The billing service; what it is stands in service.c. */
#include "services/billing/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &billing_svc);
}
