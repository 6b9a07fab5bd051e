/* The commerce service; what it is stands in service.c. */
#include "services/commerce/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &commerce_svc);
}
