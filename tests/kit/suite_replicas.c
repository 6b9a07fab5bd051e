/* Second replicas of the services that a suite runs twice: the environment of the first, with doors of their own. */
#include "tests/kit/suite.h"
#include <arpa/inet.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/core/id.h"

static const char *const twice[] = { "commerce", "notification" };

bool
suite_is_replica(const char *service)
{
	return service[strlen(service) - 1] == '2';
}

/* Below those that the kernel takes for outgoing connections, as deploy/dev/environment does it. */
static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd, rc;

	do {
		a.sin_port = htons((uint16_t)(12000 + random_below(20000)));
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		rc = bind(fd, (struct sockaddr *)&a, sizeof(a));
		close(fd);
	} while (rc != 0 || suite_port_is_given(kit_print("%d", ntohs(a.sin_port)), ""));
	return ntohs(a.sin_port);
}

/* "pub" for the port of a service that stands so in env/ports. */
static const char *
door_of(struct suite *s, const char *service, int port)
{
	static const char *const doors[] = { "http", "manage", "pub", "ask", "outpub", "outask", "socketio" };
	const char *ports = kit_read_file(kit_print("%s/env/ports", s->dir));

	for (size_t i = 0; i < COUNT_OF(doors); i++)
		if (strstr(ports, kit_print("%s %s %d\n", service, doors[i], port)) != NULL)
			return doors[i];
	kit_fail("port %d of %s is no door", port, service);
}

static void
append(const char *path, const char *text)
{
	kit_write_file(path, kit_print("%s%s", kit_read_file(path), text));
}

/* One line of the first replica's environment for the second. */
static const char *
line_for(struct suite *s, const char *service, const char *line)
{
	const char *value = strchr(line, '='), *port = strrchr(line, ':');
	int new_port;

	if (value != NULL && strncmp(value - 6, "LISTEN", 6) == 0 && port != NULL) {
		new_port = free_port();
		append(kit_print("%s/env/ports", s->dir),
		    kit_print("%s2 %s %d\n", service, door_of(s, service, atoi(port + 1)), new_port));
		return kit_print("%.*s:%d\n", (int)(port - line), line, new_port);
	}
	return kit_print(strncmp(line, "DURE_FAULTS_FILE=", 17) == 0 ? "%s2\n" : "%s\n", line);
}

static void
write_environment(struct suite *s, const char *service)
{
	char *lines = strdup(kit_read_file(kit_print("%s/env/%s.env", s->dir, service))), *line, *rest;
	const char *env = "";

	for (line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		env = kit_print("%s%s", env, line_for(s, service, line));
	kit_write_file(kit_print("%s/env/%s2.env", s->dir, service), env);
	free(lines);
}

/* Whoever hears events is told of one more place where they come from. */
static void
name_to_all(struct suite *s, const char *service)
{
	const char *second = kit_print("%s2", service);
	const char *more = kit_print("DURE_BUS_PEERS=%s=127.0.0.1:%d:%d,", service, suite_port(s, second, "pub"),
	    suite_port(s, second, "ask"));
	glob_t found;

	kit_sure(glob(kit_print("%s/env/*.env", s->dir), 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *env = kit_read_file(found.gl_pathv[i]), *at = strstr(env, "DURE_BUS_PEERS=");

		if (at != NULL)
			kit_write_file(found.gl_pathv[i], kit_print("%.*s%s%s", (int)(at - env), env, more,
			    at + strlen("DURE_BUS_PEERS=")));
	}
	globfree(&found);
}

void
suite_configure_replicas(struct suite *s)
{
	for (size_t i = 0; i < COUNT_OF(twice); i++)
		write_environment(s, twice[i]);
	for (size_t i = 0; i < COUNT_OF(twice); i++)
		name_to_all(s, twice[i]);
}
