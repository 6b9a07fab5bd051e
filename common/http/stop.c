/* Ends civetweb's waiting.
 *
 * Its threads look at their stop flag every two seconds, or when something happens on the socket they wait for; and it
 * gives nobody its sockets. So they are found among the open files by their local port and shut for reading: listening
 * ones and idle ones wake up, and what is being answered can still be written. */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/http/socket.h"

/* The flag is set just after the first round. */
enum { ROUND_MS = 10 };

static int
local_port(int fd)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	struct sockaddr_in v4;
	socklen_t size = sizeof at;

	if (getsockname(fd, (struct sockaddr *)&at, &size) != 0 || at.ss_family != AF_INET || size != sizeof v4)
		return 0;
	memcpy(&v4, &at, sizeof v4);
	return ntohs(v4.sin_port);
}

/* Without /proc nothing is found, and the stop takes its two seconds. */
static void
shut(const struct http_socket *s)
{
	DIR *files = opendir("/proc/self/fd");
	const struct dirent *file;

	while (files != NULL && (file = readdir(files)) != NULL) {
		int fd = (int)strtol(file->d_name, NULL, 10);
		int port = fd > 0 ? local_port(fd) : 0;

		if (port != 0 && (port == s->port || port == s->manage_port))
			(void)shutdown(fd, SHUT_RD);
	}
	if (files != NULL)
		(void)closedir(files);
}

static void *
hurry(void *arg)
{
	struct http_socket *s = arg;

	while (!__atomic_load_n(&s->stopped, __ATOMIC_ACQUIRE)) {
		shut(s);
		(void)nanosleep(&(struct timespec){ 0, ROUND_MS * 1000000L }, NULL);
	}
	return NULL;
}

void
http_socket_stop(struct http_socket *s)
{
	pthread_t thread;
	bool hurries = pthread_create(&thread, NULL, hurry, s) == 0;

	mg_stop(s->ctx);
	__atomic_store_n(&s->stopped, true, __ATOMIC_RELEASE);
	if (hurries)
		SURE(pthread_join(thread, NULL) == 0);
}
