/* One connection to Redis, on hiredis: opened with everything it needs, asked, closed. */
#include "common/session/connection.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
redis_word(struct redis_command *c, struct text word)
{
	SURE(c->n < REDIS_ARGS);
	c->arg[c->n] = word.at;
	c->len[c->n] = word.len;
	c->n++;
}

void
redis_answers_free(struct redis_answers *a)
{
	for (size_t i = 0; i < a->n; i++)
		freeReplyObject(a->at[i]);
	a->n = 0;
}

static bool
failed(struct connection *c, const char *what, const char *why)
{
	(void)snprintf(c->why, sizeof(c->why), "%s: %s", what, why);
	return false;
}

/* Tells the socket how long a read or write may still take. A difference of less than a
 * millisecond is not worth the system call. */
static bool
limit_until(struct connection *c, int64_t until_us)
{
	int64_t left_ms = (until_us - clock_mono_us() + 999) / 1000;

	if (left_ms <= 0)
		return failed(c, "ask", "no time left");
	if (c->timeout_ms > 0 && c->timeout_ms - left_ms <= 1 && c->timeout_ms - left_ms >= -1)
		return true;
	struct timeval tv = { .tv_sec = left_ms / 1000, .tv_usec = left_ms % 1000 * 1000 };
	c->timeout_ms = (int)left_ms;
	return redisSetTimeout(c->redis, tv) == REDIS_OK || failed(c, "timeout", c->redis->errstr);
}

static bool
append(struct connection *c, const struct redis_command *command, bool by_digest)
{
	struct redis_command full = { .script = SCRIPT_NONE };

	if (command->script != SCRIPT_NONE) {
		redis_word(&full, by_digest ? TEXT("EVALSHA") : TEXT("EVAL"));
		redis_word(&full, text_of(by_digest ? c->sha[command->script]
		                                    : redis_script_text(command->script)));
	}
	for (size_t i = 0; i < command->n; i++)
		redis_word(&full, (struct text){ command->arg[i], command->len[i] });
	return redisAppendCommandArgv(c->redis, (int)full.n, full.arg, full.len) == REDIS_OK ||
	    failed(c, "write", c->redis->errstr);
}

/* Reads one answer, in time. A peer that sends a letter now and then would stretch the socket's own
 * limit, which holds for each read. */
static redisReply *
answer(struct connection *c, int64_t until_us)
{
	void *reply = NULL;

	if (redisGetReply(c->redis, &reply) != REDIS_OK) {
		(void)failed(c, "read", c->redis->errstr);
		return NULL;
	}
	if (clock_mono_us() > until_us) {
		(void)failed(c, "read", "too slow");
		freeReplyObject(reply);
		return NULL;
	}
	return reply;
}

static bool
forgotten(const redisReply *r)
{
	return r->type == REDIS_REPLY_ERROR && strncmp(r->str, "NOSCRIPT", 8) == 0;
}

/* Scripts vanish with a restart or SCRIPT FLUSH; EVAL runs one and brings it back. */
static bool
ask_again(struct connection *c, const struct redis_command *commands, int64_t until_us,
    struct redis_answers *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (forgotten(a->at[i]) && !append(c, &commands[i], false))
			return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!forgotten(a->at[i]))
			continue;
		redisReply *r = answer(c, until_us);
		if (r == NULL)
			return false;
		freeReplyObject(a->at[i]);
		a->at[i] = r;
	}
	return true;
}

static bool
exchange(struct connection *c, const struct redis_command *commands, size_t n, int64_t until_us,
    struct redis_answers *out)
{
	for (size_t i = 0; i < n; i++)
		if (!append(c, &commands[i], true))
			return false;
	while (out->n < n) {
		redisReply *r = answer(c, until_us);

		if (r == NULL)
			return false;
		out->at[out->n++] = r;
	}
	return ask_again(c, commands, until_us, out);
}

bool
connection_ask(struct connection *c, const struct redis_command *commands, size_t n,
    int64_t until_us, struct redis_answers *out)
{
	SURE(n <= REDIS_COMMANDS);
	out->n = 0;
	if (!limit_until(c, until_us))
		return false;
	if (!exchange(c, commands, n, until_us, out)) {
		redis_answers_free(out);
		return false;
	}
	c->used = true;
	return true;
}

/* One command of the greeting that must not be refused. */
static bool
greet(struct connection *c, const struct redis_command *command, int64_t until_us,
    struct redis_answers *a)
{
	if (!connection_ask(c, command, 1, until_us, a))
		return false;
	if (a->at[0]->type == REDIS_REPLY_ERROR) {
		(void)failed(c, "refused", a->at[0]->str);
		redis_answers_free(a);
		return false;
	}
	return true;
}

static bool
login(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	struct redis_command auth = { .script = SCRIPT_NONE };
	struct redis_answers a;

	if (url->password[0] == '\0')
		return true;
	redis_word(&auth, TEXT("AUTH"));
	if (url->user[0] != '\0')
		redis_word(&auth, text_of(url->user));
	redis_word(&auth, text_of(url->password));
	if (!greet(c, &auth, until_us, &a))
		return false;
	redis_answers_free(&a);
	return true;
}

static bool
choose_db(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	struct redis_command choose = { .script = SCRIPT_NONE };
	struct redis_answers a;
	char                 db[12];

	if (url->db == 0)
		return true;
	(void)snprintf(db, sizeof(db), "%d", url->db);
	redis_word(&choose, TEXT("SELECT"));
	redis_word(&choose, text_of(db));
	if (!greet(c, &choose, until_us, &a))
		return false;
	redis_answers_free(&a);
	return true;
}

static bool
load_script(struct connection *c, enum redis_script which, int64_t until_us)
{
	struct redis_command load = { .script = SCRIPT_NONE };
	struct redis_answers a;

	redis_word(&load, TEXT("SCRIPT"));
	redis_word(&load, TEXT("LOAD"));
	redis_word(&load, text_of(redis_script_text(which)));
	if (!greet(c, &load, until_us, &a))
		return false;
	bool good = a.at[0]->type == REDIS_REPLY_STRING && a.at[0]->len == SHA1_HEX;
	if (good)
		memcpy(c->sha[which], a.at[0]->str, SHA1_HEX);
	redis_answers_free(&a);
	return good || failed(c, "SCRIPT LOAD", "no digest");
}

static bool
greet_all(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	if (!login(c, url, until_us) || !choose_db(c, url, until_us))
		return false;
	for (enum redis_script i = 0; i < SCRIPT__COUNT; i++)
		if (!load_script(c, i, until_us))
			return false;
	return true;
}

struct connection *
connection_open(const struct redis_url *url, int64_t until_us)
{
	struct connection *c = calloc(1, sizeof(*c));
	int64_t            left_us = until_us - clock_mono_us();
	struct timeval     tv = { .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };

	SURE(c != NULL);
	if (left_us <= 0) {
		(void)failed(c, "connect", "no time left");
		return c;
	}
	c->redis = url->path[0] != '\0' ? redisConnectUnixWithTimeout(url->path, tv)
	                                : redisConnectWithTimeout(url->host, url->port, tv);
	if (c->redis == NULL || c->redis->err != 0)
		(void)failed(c, "connect", c->redis != NULL ? c->redis->errstr : "no memory");
	else if (greet_all(c, url, until_us)) {
		c->used = false;
		return c;
	}
	if (c->redis != NULL)
		redisFree(c->redis);
	c->redis = NULL;
	return c;
}

void
connection_close(struct connection **c)
{
	if (*c == NULL)
		return;
	if ((*c)->redis != NULL)
		redisFree((*c)->redis);
	free(*c);
	*c = NULL;
}
