/* A second process of a service of the suite. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/kit/suite.h"

enum { PATIENCE_MS = 20000 };

/* Its own doors instead of those of the first. */
static void
move_doors(char *env[SUITE_ENV])
{
	static char door[] = "DURE_LISTEN=127.0.0.1:0", manage[] = "DURE_MANAGE_LISTEN=127.0.0.1:0";
	size_t n = 0;

	for (size_t i = 0; env[i] != NULL; i++)
		if (strncmp(env[i], "DURE_LISTEN=", 12) != 0 && strncmp(env[i], "DURE_MANAGE_LISTEN=", 19) != 0)
			env[n++] = env[i];
	SURE(n + 3 <= SUITE_ENV);
	env[n++] = door;
	env[n++] = manage;
	env[n] = NULL;
}

/* What the log says of its door; 0 while it says nothing. */
static int
port_in(const char *log)
{
	const char *text = kit_read_file(log), *line = text != NULL ? strstr(text, "\"event\":\"http.listening\"") : NULL;
	const char *end = line != NULL ? strchr(line, '\n') : NULL, *port = end != NULL ? strstr(line, "\"port\":") : NULL;

	return port != NULL && port < end ? (int)strtol(port + strlen("\"port\":"), NULL, 10) : 0;
}

int
suite_second_gateway(struct suite *s)
{
	const char *log = kit_print("%s/log/gateway-2.log", s->dir), *binary = kit_print("%s/dure-gateway", s->bin);
	pid_t parent = getpid(), pid;
	char *env[SUITE_ENV];
	int port;

	suite_environment(s, "gateway", env);
	move_doors(env);
	pid = fork();
	if (pid == 0)
		suite_become(binary, log, env, parent);
	kit_sure(pid > 0);
	kit_until(PATIENCE_MS, (port = port_in(log)) != 0);
	kit_until(PATIENCE_MS, kit_http(s, "GET", kit_print("http://127.0.0.1:%d/readyz", port), NULL).status == 200);
	return port;
}
