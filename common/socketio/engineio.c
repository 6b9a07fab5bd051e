/* Engine.IO sessions: opening, heartbeat, sending, ending. */
#include "common/socketio/engineio.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/memory.h"
#include "common/core/text.h"

#include <string.h>

/* How long a session that is closing may keep what it still has to say. */
enum { CLOSING_MS = 5000 };

static int64_t
in_ms(int ms)
{
	return clock_mono_us() + (int64_t)ms * 1000;
}

/* Session ids are random, so their own bytes are the hash. */
static struct eio_session **
bucket_of(struct eio *e, const char *sid)
{
	uint64_t h;

	memcpy(&h, sid, sizeof(h));
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return &e->buckets[(size_t)(h >> 32) & e->mask];
}

void
eio_make_sid(char out[EIO_SID_CHARS + 1])
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[EIO_SID_CHARS];

	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < EIO_SID_CHARS; i++)
		out[i] = letters[random[i] & 63];
	out[EIO_SID_CHARS] = '\0';
}

struct eio_session *
eio_session_new(struct eio *e, enum eio_transport t, bool plain, const char *ip)
{
	struct eio_session *s = memory_zero(1, sizeof(*s)), **bucket;

	SURE(s != NULL);
	s->eio = e;
	s->transport = t;
	s->plain = plain;
	memcpy(s->ip, ip, strnlen(ip, ADDRESS_CHARS));
	eio_make_sid(s->sid);
	bucket = bucket_of(e, s->sid);
	s->next = *bucket;
	*bucket = s;
	e->n_sessions++;
	eio_timer_set(&e->pings, &s->beat, in_ms(e->config->ping_interval_ms));
	if (!plain)
		eio_session_expect_connect(s);
	e->upper->opened(s);
	return s;
}

struct eio_session *
eio_session_find(struct eio *e, struct text sid)
{
	struct eio_session *s;

	if (sid.len != EIO_SID_CHARS)
		return NULL;
	for (s = *bucket_of(e, sid.at); s != NULL; s = s->next)
		if (memcmp(s->sid, sid.at, sid.len) == 0)
			return s;
	return NULL;
}

void
eio_session_open_packet(const struct eio_session *s, struct buf *to)
{
	const struct socketio_config *c = s->eio->config;

	eio_open_write(to, &(struct eio_open){ s->sid, s->transport == EIO_POLLING,
	    c->ping_interval_ms, c->ping_timeout_ms, c->max_payload_bytes });
}

void
eio_session_expect_connect(struct eio_session *s)
{
	if (s->state == EIO_ALIVE)
		eio_timer_set(&s->eio->connects, &s->gate, in_ms(s->eio->config->connect_timeout_ms));
}

void
eio_session_connected(struct eio_session *s)
{
	if (s->state == EIO_ALIVE)
		eio_timer_stop(&s->gate);
}

/* Has the transport send what is queued, now or when it can. */
static void
session_flush(struct eio_session *s)
{
	if (s->transport == EIO_WEBSOCKET && s->ws != NULL)
		eio_ws_wake(s->ws);
	else if (s->transport == EIO_POLLING && s->get != NULL)
		eio_poll_wake(s->get);
}

void
eio_session_send(struct eio_session *s, struct eio_msg *m)
{
	if (s->state != EIO_ALIVE || s->slow)
		return;
	eio_outbox_push(&s->out, m);
	if (s->out.bytes > s->eio->config->max_queue_bytes) {
		/* Cut later: the caller may be walking a room that the cut would change. */
		s->slow = true;
		s->next_slow = s->eio->slow;
		s->eio->slow = s;
		return;
	}
	session_flush(s);
}

static void
beat_pong(struct eio_session *s)
{
	eio_timer_set(&s->eio->pings, &s->beat, in_ms(s->eio->config->ping_interval_ms));
}

void
eio_session_packet(struct eio_session *s, const struct eio_packet *p)
{
	if (s->state != EIO_ALIVE)
		return;
	switch (p->type) {
	case EIO_MESSAGE:
		s->eio->upper->message(s, p->binary, p->data);
		break;
	case EIO_PONG:
		beat_pong(s);
		break;
	case EIO_CLOSE:
		eio_session_drop(s, "transport close", EIO_SAY_NOOP);
		break;
	case EIO_PING:
		/* The heartbeat is the server's in version 4. */
		eio_session_drop(s, "protocol error", EIO_SAY_CLOSE);
		break;
	case EIO_OPEN:
	case EIO_UPGRADE:
	case EIO_NOOP:
		break;
	}
}

static void
unlink_session(struct eio_session *s)
{
	struct eio_session **at = bucket_of(s->eio, s->sid);

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->next = s->eio->dead;
	s->eio->dead = s;
	s->eio->n_sessions--;
}

static void
part_from_links(struct eio_session *s, enum eio_canned canned)
{
	struct eio_link *get = s->get;

	if (s->ws != NULL)
		s->slow ? eio_ws_kill(s->ws) : eio_ws_doom(s->ws);
	if (s->probe != NULL)
		eio_ws_doom(s->probe);
	if (s->post != NULL)
		s->post->session = NULL;
	s->ws = s->probe = s->post = s->get = NULL;
	if (get == NULL)
		return;
	get->session = NULL;
	get->canned = canned;
	eio_poll_wake(get);
}

static void
tell_upper(struct eio_session *s, const char *reason)
{
	if (s->state == EIO_ALIVE) {
		s->state = EIO_CLOSING;
		s->eio->upper->closed(s, reason);
	}
}

void
eio_session_drop(struct eio_session *s, const char *reason, enum eio_canned canned)
{
	if (s->state == EIO_DEAD)
		return;
	tell_upper(s, reason);
	s->state = EIO_DEAD;
	eio_timer_stop(&s->beat);
	eio_timer_stop(&s->gate);
	eio_timer_stop(&s->upgrade);
	part_from_links(s, canned);
	eio_outbox_clear(&s->out);
	unlink_session(s);
}

void
eio_session_close(struct eio_session *s, const char *reason)
{
	if (s->state != EIO_ALIVE)
		return;
	tell_upper(s, reason);
	eio_timer_stop(&s->beat);
	eio_timer_set(&s->eio->closings, &s->gate, in_ms(CLOSING_MS));
	/* A poll learns of the end by a packet, a websocket by its closing. */
	if (s->transport == EIO_POLLING)
		eio_outbox_push(&s->out, s->eio->bye);
	session_flush(s);
}

/* The client has stopped polling, or will as soon as this poll is answered. */
static void
let_poll_go(struct eio_session *s)
{
	struct eio_link *get = s->get;

	if (get == NULL)
		return;
	s->get = NULL;
	get->session = NULL;
	get->canned = EIO_SAY_NOOP;
	eio_poll_wake(get);
}

bool
eio_session_probe(struct eio_session *s, struct eio_link *l)
{
	if (s->state != EIO_ALIVE || s->transport != EIO_POLLING || s->probe != NULL)
		return false;
	s->probe = l;
	s->probed = false;
	eio_timer_set(&s->eio->upgrades, &s->upgrade, in_ms(s->eio->config->upgrade_timeout_ms));
	return true;
}

void
eio_session_probed(struct eio_session *s)
{
	s->probed = true;
	let_poll_go(s);
}

void
eio_session_upgraded(struct eio_session *s)
{
	s->ws = s->probe;
	s->probe = NULL;
	s->ws->role = EIO_WS;
	s->transport = EIO_WEBSOCKET;
	eio_timer_stop(&s->upgrade);
	let_poll_go(s);
	session_flush(s);
}

#define SESSION_OF(timer, member) \
	((struct eio_session *)(void *)((char *)(timer) - offsetof(struct eio_session, member)))

static void
run_pings(struct eio *e, int64_t now)
{
	struct eio_timer *t;

	/* The wait for the pong counts from when the ping was due, not from when we got around to it. */
	while ((t = eio_timer_due(&e->pings, now)) != NULL) {
		eio_timer_set(&e->pongs, t, t->due_us + (int64_t)e->config->ping_timeout_ms * 1000);
		eio_session_send(SESSION_OF(t, beat), e->ping);
	}
	while ((t = eio_timer_due(&e->pongs, now)) != NULL)
		eio_session_drop(SESSION_OF(t, beat), "ping timeout", EIO_SAY_CLOSE);
}

void
eio_run_timers(struct eio *e)
{
	int64_t           now = clock_mono_us();
	struct eio_timer *t;

	run_pings(e, now);
	while ((t = eio_timer_due(&e->connects, now)) != NULL)
		eio_session_drop(SESSION_OF(t, gate), "connect timeout", EIO_SAY_CLOSE);
	while ((t = eio_timer_due(&e->closings, now)) != NULL)
		eio_session_drop(SESSION_OF(t, gate), "closing took too long", EIO_SAY_CLOSE);
	while ((t = eio_timer_due(&e->upgrades, now)) != NULL) {
		struct eio_session *s = SESSION_OF(t, upgrade);

		if (s->probe != NULL)
			eio_ws_doom(s->probe);
		s->probe = NULL;
	}
}

int64_t
eio_next_due(const struct eio *e)
{
	const struct eio_timers *lists[] = { &e->pings, &e->pongs, &e->connects, &e->upgrades,
		&e->closings };
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (lists[i]->first != NULL && lists[i]->first->due_us < due)
			due = lists[i]->first->due_us;
	return due;
}

static void
for_all(struct eio *e, void (*end)(struct eio_session *s))
{
	for (size_t i = 0; i <= e->mask; i++)
		for (struct eio_session *s = e->buckets[i], *next; s != NULL; s = next) {
			next = s->next;
			end(s);
		}
}

/* A poller between two polls cannot be told: its next poll finds nobody, whether we wait for it or not. */
static void
end_politely(struct eio_session *s)
{
	if (s->transport == EIO_POLLING && s->get == NULL)
		eio_session_drop(s, "server shutting down", EIO_SAY_CLOSE);
	else
		eio_session_close(s, "server shutting down");
}

static void
end_at_once(struct eio_session *s)
{
	eio_session_drop(s, "server shutting down", EIO_SAY_CLOSE);
}

void
eio_drain(struct eio *e)
{
	e->draining = true;
	for_all(e, end_politely);
}

void
eio_drop_all(struct eio *e)
{
	for_all(e, end_at_once);
}
