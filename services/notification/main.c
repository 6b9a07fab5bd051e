/* The notification service; what it is stands in service.c. */
#include "services/notification/service.h"

int
main(int argc, char **argv)
{
	return svc_main(argc, argv, &notification_svc);
}
