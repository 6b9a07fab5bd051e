/* A subscription: where it is, what comes next, when to ask. */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ASK_MS = 3000, ASK_EVERY_MS = 1000, RETRY_FIRST_MS = 100, RETRY_MOST_MS = 5000, MAX_TYPES = 50 };

struct dure_events {
	struct dure_events_config config;          /* its texts are copies */
	const char               *types[MAX_TYPES + 1];
	struct asker              asker;
	struct line              *line;
	bool                      has_cursor;
	int64_t                   cursor[PARTITIONS];
	int64_t                   clock_off_s;     /* the publisher's clock less ours, as far as it matters */
	int                       retry_ms;        /* 0: it answers */
};

/* What a round of the loop leads to. */
enum turn { TURN_AGAIN, TURN_WAIT, TURN_RETRY, TURN_END };

static void
note(const struct dure_events *s, const char *sentence)
{
	if (s->config.note != NULL)
		s->config.note(s->config.arg, sentence);
}

/* ---- opening */

static bool
copy(const char **to, const char *from)
{
	*to = from == NULL ? NULL : strdup(from);
	return from == NULL || *to != NULL;
}

static bool
copy_types(struct dure_events *s, const char *const *types)
{
	size_t n = 0;

	for (; types != NULL && types[n] != NULL; n++)
		if (n == MAX_TYPES || !copy(&s->types[n], types[n]))
			return false;
	s->config.types = n > 0 ? s->types : NULL;
	return true;
}

static bool
fits(const char *text, size_t room)
{
	return text != NULL && text[0] != '\0' && strlen(text) < room;
}

static int
take_config(struct dure_events *s, const struct dure_events_config *c)
{
	if (!fits(c->publisher, sizeof(s->asker.publisher)) || !fits(c->key_id, sizeof(s->asker.key_id)) ||
	    c->secret == NULL || c->wake_url == NULL || c->ask_url == NULL || c->handle == NULL ||
	    (c->cursor_file == NULL) == (c->load == NULL))
		return DURE_EVENTS_CONFIG;
	s->config = *c;
	s->config.secret = s->config.wake_url = s->config.ask_url = s->config.key_id = NULL;
	s->config.publisher = s->asker.publisher;
	memcpy(s->asker.publisher, c->publisher, strlen(c->publisher) + 1);
	memcpy(s->asker.key_id, c->key_id, strlen(c->key_id) + 1);
	asker_key(&s->asker, c->secret);
	if (!copy(&s->config.cursor_file, c->cursor_file) || !copy_types(s, c->types))
		return DURE_EVENTS_CONFIG;
	return DURE_EVENTS_OK;
}

static int
load(struct dure_events *s)
{
	int rc = s->config.cursor_file != NULL ? cursor_load(s->config.cursor_file, s->asker.publisher, s->cursor)
		: s->config.load(s->config.arg, s->cursor);

	s->has_cursor = rc == 1;
	return rc < 0 ? DURE_EVENTS_CURSOR : DURE_EVENTS_OK;
}

static int
save(struct dure_events *s)
{
	int rc = 0;

	if (s->config.cursor_file != NULL)
		rc = cursor_save(s->config.cursor_file, s->asker.publisher, s->cursor);
	else if (s->config.save != NULL)
		rc = s->config.save(s->config.arg, s->cursor);
	return rc == 0 ? DURE_EVENTS_OK : DURE_EVENTS_CURSOR;
}

int
dure_events_open(struct dure_events **out, const struct dure_events_config *config)
{
	struct dure_events *s = calloc(1, sizeof(*s));
	int rc = s == NULL ? DURE_EVENTS_CONFIG : take_config(s, config);

	if (rc == DURE_EVENTS_OK)
		rc = load(s);
	if (rc == DURE_EVENTS_OK) {
		s->line = line_open(config->wake_url, config->ask_url, s->config.types);
		rc = s->line == NULL ? DURE_EVENTS_CONFIG : DURE_EVENTS_OK;
	}
	if (rc != DURE_EVENTS_OK)
		dure_events_close(&s);
	*out = s;
	return rc;
}

void
dure_events_close(struct dure_events **events)
{
	struct dure_events *s = *events;

	if (s == NULL)
		return;
	line_close(&s->line);
	for (size_t i = 0; i < MAX_TYPES; i++)
		free((char *)(uintptr_t)s->types[i]);
	free((char *)(uintptr_t)s->config.cursor_file);
	explicit_bzero(s, sizeof(*s));
	free(s);
	*events = NULL;
}

void
dure_events_stop(struct dure_events *events)
{
	line_stop(events->line);
}

/* ---- running */

/* Keeps how far the handler has come, whatever else. */
static int
deliver(struct dure_events *s, struct answer *a)
{
	struct dure_event e;

	for (size_t i = 0; i < answer_events(a); i++) {
		if (line_stopped(s->line))
			return save(s);
		if (!answer_event(a, i, &e))
			return DURE_EVENTS_PROTOCOL;
		if (s->config.handle(s->config.arg, &e) != 0)
			return save(s) == DURE_EVENTS_OK ? DURE_EVENTS_HANDLER : DURE_EVENTS_CURSOR;
		s->cursor[e.partition] = e.seq;
	}
	return answer_cursor(a, s->cursor) ? save(s) : DURE_EVENTS_PROTOCOL;
}

static int
expired(struct dure_events *s, const struct answer *a)
{
	if (!s->config.skip_expired)
		return DURE_EVENTS_EXPIRED;
	note(s, "events behind the cursor are no longer kept; going on with the oldest");
	return answer_cursor(a, s->cursor) ? save(s) : DURE_EVENTS_PROTOCOL;
}

static enum turn
set_clock(struct dure_events *s, const struct answer *a)
{
	s->clock_off_s = answer_time(a) - (int64_t)time(NULL);
	note(s, "the publisher's clock is another; going by it");
	return TURN_RETRY;
}

static enum turn
refused(struct dure_events *s, const struct answer *a, int *result)
{
	static const struct { const char *word; int result; } ends[] = { { "denied", DURE_EVENTS_DENIED },
		{ "out_of_scope", DURE_EVENTS_OUT_OF_SCOPE }, { "cursor_ahead", DURE_EVENTS_AHEAD },
		{ "malformed", DURE_EVENTS_PROTOCOL } };
	const char *word = answer_error(a);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(word, ends[i].word) == 0) {
			*result = ends[i].result;
			return TURN_END;
		}
	}
	if (strcmp(word, "cursor_expired") == 0) {
		*result = expired(s, a);
		return *result == DURE_EVENTS_OK ? TURN_AGAIN : TURN_END;
	}
	return strcmp(word, "clock") == 0 ? set_clock(s, a) : TURN_RETRY;
}

static enum turn
take(struct dure_events *s, struct answer *a, int *result)
{
	if (a == NULL)
		*result = DURE_EVENTS_PROTOCOL;
	else if (answer_error(a)[0] != '\0')
		return refused(s, a, result);
	else
		*result = deliver(s, a);
	if (*result != DURE_EVENTS_OK)
		return TURN_END;
	bool begun = s->has_cursor;
	s->has_cursor = true;
	return answer_more(a) || !begun ? TURN_AGAIN : TURN_WAIT;
}

/* One question and all that its answer brings. At first it is where to begin, so that there is a whole cursor from then
 * on. */
static enum turn
ask(struct dure_events *s, int *result)
{
	const char *begin = s->config.start == DURE_EVENTS_NOW ? "now" : "oldest";
	struct reply reply;
	char *question = NULL;
	size_t bytes;

	bool told = question_make(&s->asker, s->has_cursor ? "next" : begin, s->has_cursor ? s->cursor : NULL,
	    s->has_cursor ? s->config.types : NULL, (int64_t)time(NULL) + s->clock_off_s, &question, &bytes) &&
	    line_ask(s->line, question, bytes, ASK_MS, &reply);
	free(question);
	if (!told)
		return TURN_RETRY;
	struct answer *a = answer_read(reply.bytes, reply.n);
	enum turn turn = take(s, a, result);
	answer_free(a);
	line_free(&reply);
	return turn;
}

/* Not at once and not all together: a publisher that comes back has better things to do. */
static void
retry_later(struct dure_events *s)
{
	if (s->retry_ms == 0)
		note(s, "the publisher does not answer; it is asked again");
	s->retry_ms = s->retry_ms == 0 ? RETRY_FIRST_MS : 2 * s->retry_ms;
	if (s->retry_ms > RETRY_MOST_MS)
		s->retry_ms = RETRY_MOST_MS;
	line_wait(s->line, s->retry_ms);
}

static void
answers(struct dure_events *s)
{
	if (s->retry_ms != 0)
		note(s, "the publisher answers");
	s->retry_ms = 0;
}

int
dure_events_run(struct dure_events *s)
{
	int result = DURE_EVENTS_OK;

	while (!line_stopped(s->line)) {
		enum turn turn = ask(s, &result);
		if (turn == TURN_END)
			return result;
		if (turn == TURN_RETRY) {
			retry_later(s);
			continue;
		}
		answers(s);
		if (turn == TURN_WAIT)
			line_wait(s->line, s->config.ask_every_ms > 0 ? s->config.ask_every_ms : ASK_EVERY_MS);
	}
	return DURE_EVENTS_OK;
}

const char *
dure_events_error(int result)
{
	static const char *const sentences[] = { "it went well", "a setting is missing or malformed",
		"the cursor could not be read or written", "the event key is unknown, revoked, or its secret is wrong",
		"a type is asked for that the event key may not see", "events behind the cursor are no longer kept",
		"the cursor is beyond the publisher, whose database was set back", "the handler refused an event",
		"the publisher's answer cannot be understood" };

	return result >= 0 && (size_t)result < sizeof(sentences) / sizeof(sentences[0]) ? sentences[result]
	    : "no result of this library";
}
