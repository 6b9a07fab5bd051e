/* The messaging service; what it is stands in service.c. */
#include "services/messaging/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &messaging_svc);
}
