/* Starts the sandbox's HTTP server and its threads, and stops them on SIGTERM. */
#include "deploy/sandbox/address.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/control.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/pause.h"
#include "deploy/sandbox/router.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/smtp.h"
#include "deploy/sandbox/toss.h"
#include "deploy/sandbox/webhook.h"

#include <civetweb.h>
#include <curl/curl.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef DURE_VERSION
#define DURE_VERSION "unknown"
#define DURE_COMMIT "unknown"
#endif
#define TICK_MS 20
#define PROBE_MS 3000L
/* The server is given until then to end by itself; nothing here must survive. */
#define STOP_WITHIN_MS 1800L

static void *
tick(void *unused)
{
	(void)unused;
	while (pause_ms(TICK_MS)) {
		toss_lock();
		toss_expire();
		toss_unlock();
		sens_tick();
		imp_tick();
	}
	return NULL;
}

static void *(*const jobs[])(void *) = { tick, webhook_run, smtp_run };

#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

static pthread_t job_threads[JOBS];

static void
start_jobs(void)
{
	for (size_t i = 0; i < JOBS; i++)
		if (pthread_create(&job_threads[i], NULL, jobs[i], NULL) != 0)
			abort();
}

static int
log_message(const struct mg_connection *conn, const char *message)
{
	(void)conn;
	fprintf(stderr, "sandbox: %s\n", message);
	return 1;
}

static struct mg_context *
start_server(void)
{
	static const struct mg_callbacks callbacks = {
		.begin_request = router_answer,
		.log_message = log_message,
	};
	const char *options[] = {
		"listening_ports", conf.listen,
		"num_threads", conf.threads,
		"enable_keep_alive", "yes",
		"keep_alive_timeout_ms", "500",
		"request_timeout_ms", "10000",
		"tcp_nodelay", "1",
		"listen_backlog", "1024",
		"connection_queue", "256",
		/* Signatures are over the path as sent, and civetweb decodes it in place. */
		"decode_url", "no",
		NULL,
	};

	return mg_start(&callbacks, NULL, options);
}

static void
give_up(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

/* civetweb's accepting thread looks at its stop flag every two seconds or when somebody calls. */
static void *
call_self(void *unused)
{
	struct timespec until_flag_is_set = { .tv_nsec = 20000000 };
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	nanosleep(&until_flag_is_set, NULL);
	if (fd >= 0 && address_parse(conf.listen, &sin))
		(void)!connect(fd, (const struct sockaddr *)&sin, sizeof(sin));
	if (fd >= 0)
		close(fd);
	return unused;
}

static void
stop(struct mg_context *server)
{
	pthread_t caller;
	struct itimerval limit = {
		.it_value = { STOP_WITHIN_MS / 1000, STOP_WITHIN_MS % 1000 * 1000 },
	};

	signal(SIGALRM, give_up);
	setitimer(ITIMER_REAL, &limit, NULL);
	pause_end();
	if (pthread_create(&caller, NULL, call_self, NULL) == 0)
		pthread_detach(caller);
	mg_stop(server);
	for (size_t i = 0; i < JOBS; i++)
		pthread_join(job_threads[i], NULL);
	control_forget();
	curl_global_cleanup();
}

static void
serve(void)
{
	struct mg_context *server;
	sigset_t wanted;
	int got;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	signal(SIGPIPE, SIG_IGN);
	server = start_server();
	if (server == NULL) {
		fprintf(stderr, "sandbox: cannot listen on %s\n", conf.listen);
		exit(1);
	}
	start_jobs();
	fprintf(stderr, "sandbox: listening on http://%s, inbox at http://%s/sandbox/inbox\n",
	    conf.listen, conf.listen);
	sigwait(&wanted, &got);
	stop(server);
}

static size_t
ignore(char *body, size_t size, size_t n, void *to)
{
	(void)body;
	(void)to;
	return size * n;
}

/* Is the sandbox of this configuration there? For health checks: one line, 0 or 1, within PROBE_MS. */
static int
probe(void)
{
	const char *port = strrchr(conf.listen, ':');
	char url[64];
	CURL *h = curl_easy_init();
	CURLcode said = CURLE_FAILED_INIT;

	snprintf(url, sizeof(url), "http://127.0.0.1%s/livez", port != NULL ? port : "");
	if (h != NULL) {
		curl_easy_setopt(h, CURLOPT_URL, url);
		curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, PROBE_MS);
		curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, ignore);
		said = curl_easy_perform(h);
		curl_easy_cleanup(h);
	}
	printf("sandbox: %s\n", said == CURLE_OK ? "ready" : curl_easy_strerror(said));
	return said == CURLE_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("dure-sandbox " DURE_VERSION " (" DURE_COMMIT ")");
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "probe") == 0) {
		conf_load();
		return probe();
	}
	if (argc > 1) {
		bool asked = strcmp(argv[1], "--help") == 0;

		conf_help(asked ? stdout : stderr);
		return asked ? 0 : 2;
	}
	conf_load();
	clock_setup(conf.clock_offset_file);
	settings_reset();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	mg_init_library(0);
	if (*conf.smtp_listen != '\0' && !smtp_open(conf.smtp_listen))
		return 1;
	serve();
	mg_exit_library();
	return 0;
}
