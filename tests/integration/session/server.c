/* A redis-server of the test's own. */
#include "tests/integration/session/server.h"
#include "common/core/base.h"
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STARTS_WITHIN_MS = 10000 };

static void
become_redis(const struct server *s, const char *option, const char *value)
{
	/* It must not outlive a test that crashes. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", s->socket, "--dir", s->folder,
	    "--save", "", "--appendonly", "no", "--logfile", "redis.log", option, value, (char *)NULL);
	_exit(127);
}

static redisContext *
connected(const struct server *s)
{
	redisContext *c = redisConnectUnix(s->socket);

	if (c != NULL && c->err == 0)
		return c;
	if (c != NULL)
		redisFree(c);
	return NULL;
}

static void
wait_until_up(const struct server *s)
{
	for (int ms = 0; ms < STARTS_WITHIN_MS; ms += 5) {
		redisContext *c = connected(s);

		if (c != NULL) {
			redisFree(c);
			return;
		}
		(void)usleep(5000);
	}
	UNREACHED("redis-server did not start");
}

static void
run(struct server *s, const char *option, const char *value)
{
	s->pid = fork();
	SURE(s->pid >= 0);
	if (s->pid == 0)
		become_redis(s, option, value);
	wait_until_up(s);
}

void
server_start(struct server *s, const char *option, const char *value)
{
	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/session_test_XXXXXX");
	SURE(mkdtemp(s->folder) != NULL);
	(void)snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->folder);
	(void)snprintf(s->url, sizeof(s->url), "unix://%s", s->socket);
	run(s, option, value);
}

static void
end(const struct server *s)
{
	SURE(kill(s->pid, SIGKILL) == 0);
	SURE(waitpid(s->pid, NULL, 0) == s->pid);
	(void)unlink(s->socket);
}

void
server_stop(struct server *s)
{
	char log[128];

	end(s);
	(void)snprintf(log, sizeof(log), "%s/redis.log", s->folder);
	(void)unlink(log);
	SURE(rmdir(s->folder) == 0);
}

void
server_restart(struct server *s)
{
	end(s);
	run(s, NULL, NULL);
}

void
server_freeze(const struct server *s)
{
	SURE(kill(s->pid, SIGSTOP) == 0);
}

void
server_thaw(const struct server *s)
{
	SURE(kill(s->pid, SIGCONT) == 0);
}

static redisReply *
said(const struct server *s, const char *fmt, va_list ap)
{
	redisContext *c = connected(s);

	SURE(c != NULL);
	redisReply *r = redisvCommand(c, fmt, ap);
	SURE(r != NULL);
	redisFree(c);
	return r;
}

bool
server_tell(const struct server *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	redisReply *r = said(s, fmt, ap);
	va_end(ap);
	bool good = r->type != REDIS_REPLY_ERROR;
	freeReplyObject(r);
	return good;
}

long long
server_ask(const struct server *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	redisReply *r = said(s, fmt, ap);
	va_end(ap);
	SURE(r->type == REDIS_REPLY_INTEGER);
	long long n = r->integer;
	freeReplyObject(r);
	return n;
}

int
server_clients(const struct server *s)
{
	redisContext *c = connected(s);
	int           n = 0;

	SURE(c != NULL);
	redisReply *r = redisCommand(c, "CLIENT LIST");
	SURE(r != NULL && r->type == REDIS_REPLY_STRING);
	for (size_t i = 0; i < r->len; i++)
		n += r->str[i] == '\n';
	freeReplyObject(r);
	redisFree(c);
	return n;
}
