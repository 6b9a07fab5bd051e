/* A service that does nothing: civetweb answering every request with the same small JSON, as quickly as it can.
 *
 *   upstream <port> <answer> */
#include <civetweb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static char   answer[4096];
static size_t answer_len;

static int
answer_it(struct mg_connection *c)
{
	(void)mg_write(c, answer, answer_len);
	return 200;
}

int
main(int argc, char **argv)
{
	static const struct mg_callbacks callbacks = { .begin_request = answer_it };
	sigset_t ends;
	int      which;

	if (argc != 3)
		return 2;
	const char *options[] = { "listening_ports", argv[1], "num_threads", "128", "enable_keep_alive", "yes",
		"keep_alive_timeout_ms", "120000", "tcp_nodelay", "1", "listen_backlog", "1024", "connection_queue", "256", NULL };
	int n = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s", strlen(argv[2]), argv[2]);
	if (n < 0 || (size_t)n >= sizeof(answer))
		return 2;
	answer_len = (size_t)n;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	struct mg_context *server = mg_start(&callbacks, NULL, options);
	if (server == NULL)
		return 1;
	(void)sigwait(&ends, &which);
	mg_stop(server);
	return 0;
}
