/* One connection to Redis, on hiredis: opened with everything it needs, written, read, closed. */
#include "common/session/connection.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* LOOK_MS: how long a read may wait before it looks at the clock. ANSWERS_BYTES: read at once. */
enum { LOOK_MS = 20, ANSWERS_BYTES = 16384 };

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

const char *
redis_refusal(const struct redis_answers *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i]->type == REDIS_REPLY_ERROR)
			return a->at[i]->str;
	return "a strange answer";
}

static bool
failed(struct connection *c, const char *what, const char *why)
{
	(void)snprintf(c->why, sizeof(c->why), "%s: %s", what, why);
	return false;
}

static int64_t
left_us(int64_t until_us)
{
	return until_us - clock_mono_us();
}

static bool
is_in_time(struct connection *c, int64_t until_us)
{
	return left_us(until_us) > 0 || failed(c, "ask", "no answer in time");
}

/* True when the socket is worth another try: it is ready, or was disturbed. */
static bool
wait_for(struct connection *c, short events, int64_t until_us)
{
	struct pollfd p = { .fd = c->redis->fd, .events = events };
	int64_t       us = left_us(until_us);

	if (us > 0 && poll(&p, 1, (int)((us + 999) / 1000)) < 0 && errno != EINTR)
		return failed(c, "poll", strerror(errno));
	return is_in_time(c, until_us);
}

bool
connection_send(struct connection *c, struct buf *out, size_t *written, int64_t until_us)
{
	while (*written < out->len) {
		ssize_t n = send(c->redis->fd, out->at + *written, out->len - *written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			*written += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return failed(c, "write", strerror(errno));
		else if (!wait_for(c, POLLOUT, until_us))
			return false;
	}
	buf_reset(out);
	*written = 0;
	return true;
}

/* Where there is time the socket itself waits, LOOK_MS at most: one system call instead of two. */
bool
connection_hear(struct connection *c, int64_t until_us)
{
	char    bytes[ANSWERS_BYTES];
	ssize_t n;

	do {
		if (left_us(until_us) < LOOK_MS * 1000 && !wait_for(c, POLLIN, until_us))
			return false;
		n = recv(c->redis->fd, bytes, sizeof(bytes), 0);
		if (n == 0)
			return failed(c, "read", "it has hung up");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return failed(c, "read", strerror(errno));
	} while (n < 0);
	return redisReaderFeed(c->redis->reader, bytes, (size_t)n) == REDIS_OK ||
	    failed(c, "read", c->redis->reader->errstr);
}

bool
connection_answers(struct connection *c, size_t n, struct redis_answers *a)
{
	while (a->n < n) {
		void *reply = NULL;

		if (redisReaderGetReply(c->redis->reader, &reply) != REDIS_OK)
			return failed(c, "read", c->redis->reader->errstr);
		if (reply == NULL)
			return true;
		a->at[a->n++] = reply;
		c->used = true;
	}
	return true;
}

bool
connection_is_silent(struct connection *c)
{
	const redisReader *r = c->redis->reader;

	return (r->pos == r->len && r->ridx == -1) || failed(c, "read", "an answer to nothing that was asked");
}

/* One command of the greeting that must not be refused. */
static bool
greet(struct connection *c, struct redis_command *command, int64_t until_us)
{
	int64_t        us = left_us(until_us);
	struct timeval tv = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	if (us <= 0 || redisSetTimeout(c->redis, tv) != REDIS_OK)
		return failed(c, "greeting", "no time left");
	redisReply *r = redisCommandArgv(c->redis, (int)command->n, command->arg, command->len);
	bool        good = r != NULL && r->type != REDIS_REPLY_ERROR;
	if (!good)
		(void)failed(c, "refused", r != NULL ? r->str : c->redis->errstr);
	freeReplyObject(r);
	return good;
}

static bool
login(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	struct redis_command auth = { .script = SCRIPT_NONE };

	if (url->password[0] == '\0')
		return true;
	redis_word(&auth, TEXT("AUTH"));
	if (url->user[0] != '\0')
		redis_word(&auth, text_of(url->user));
	redis_word(&auth, text_of(url->password));
	return greet(c, &auth, until_us);
}

static bool
choose_db(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	struct redis_command choose = { .script = SCRIPT_NONE };
	char                 db[12];

	if (url->db == 0)
		return true;
	(void)snprintf(db, sizeof(db), "%d", url->db);
	redis_word(&choose, TEXT("SELECT"));
	redis_word(&choose, text_of(db));
	return greet(c, &choose, until_us);
}

static bool
greet_all(struct connection *c, const struct redis_url *url, int64_t until_us)
{
	static const struct timeval look = { .tv_usec = LOOK_MS * 1000 };

	if (!login(c, url, until_us) || !choose_db(c, url, until_us))
		return false;
	return redisSetTimeout(c->redis, look) == REDIS_OK || failed(c, "timeout", c->redis->errstr);
}

struct connection *
connection_open(const struct redis_url *url, int64_t until_us)
{
	struct connection *c = calloc(1, sizeof(*c));
	int64_t            us = left_us(until_us);
	struct timeval     tv = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	SURE(c != NULL);
	if (us <= 0) {
		(void)failed(c, "connect", "no time left");
		return c;
	}
	c->redis = url->path[0] != '\0' ? redisConnectUnixWithTimeout(url->path, tv)
	                                : redisConnectWithTimeout(url->host, url->port, tv);
	if (c->redis == NULL || c->redis->err != 0)
		(void)failed(c, "connect", c->redis != NULL ? c->redis->errstr : "no memory");
	else if (greet_all(c, url, until_us))
		return c;
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
