/* The small parts below the sockets: timers, outboxes, the command queue, addresses to listen on. */
#include "common/core/text.h"
#include "common/socketio/eio_msg.h"
#include "common/socketio/eio_timer.h"
#include "common/socketio/listen.h"
#include "common/socketio/queue.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SENTENCE(id, says) Test(socketio_parts, id, .description = says)

SENTENCE(timers, "timers come due in order, whatever order they were set in")
{
	struct eio_timers list = { 0 };
	struct eio_timer  t[4] = { 0 };

	eio_timer_set(&list, &t[0], 30);
	eio_timer_set(&list, &t[1], 10);
	eio_timer_set(&list, &t[2], 20);
	eio_timer_set(&list, &t[3], 40);
	eio_timer_set(&list, &t[1], 35);
	eio_timer_stop(&t[0]);
	eio_timer_stop(&t[0]);
	cr_assert_null(eio_timer_due(&list, 19));
	cr_assert_eq(eio_timer_due(&list, 100), &t[2]);
	cr_assert_eq(eio_timer_due(&list, 100), &t[1]);
	cr_assert_eq(eio_timer_due(&list, 100), &t[3]);
	cr_assert_null(eio_timer_due(&list, 100));
	cr_assert_null(list.last);
}

SENTENCE(outbox, "a message in two outboxes is freed by the last")
{
	struct eio_outbox a = { 0 }, b = { 0 };
	struct eio_msg   *m = eio_msg_new(false, TEXT("4hello"));

	eio_outbox_push(&a, m);
	eio_outbox_push(&b, m);
	eio_outbox_push(&b, m);
	eio_msg_drop(&m);
	cr_assert_null(m);
	eio_outbox_pop(&a);
	cr_assert_null(eio_outbox_first(&a));
	cr_assert_eq(a.bytes, 0);
	cr_assert(text_is(eio_msg_text(eio_outbox_first(&b)), "4hello"));
	cr_assert_geq(b.bytes, 12);
	eio_outbox_clear(&b);
	cr_assert_eq(b.bytes, 0);
}

static void
free_all(struct sio_command *c)
{
	while (c != NULL) {
		struct sio_command *next = c->next;

		free(c);
		c = next;
	}
}

SENTENCE(queue, "a command is copied with all its parts and wakes the server once")
{
	struct sio_queue    q;
	struct sio_command *c;
	char                room[] = "room", part[] = "part";
	struct text         parts[] = { { part, 4 }, { NULL, 0 } };
	bool                wake;

	sio_queue_init(&q);
	sio_queue_put(&q, &(struct sio_command){ .kind = SIO_DO_EMIT, .id = 7, .room = text_of(room),
	    .json = TEXT("[1]"), .n_binary = 2 }, parts, &wake);
	cr_assert(wake);
	room[0] = part[0] = 'X';
	sio_queue_put(&q, &(struct sio_command){ .kind = SIO_DO_LEAVE }, NULL, &wake);
	cr_assert_not(wake);
	c = sio_queue_take(&q);
	cr_assert(text_is(c->room, "room") && text_is(c->json, "[1]") && text_is(c->binary[0], "part"));
	cr_assert(c->id == 7 && c->binary[1].len == 0 && c->next->kind == SIO_DO_LEAVE);
	free_all(c);
	cr_assert_null(sio_queue_take(&q));
	sio_queue_put(&q, &(struct sio_command){ .kind = SIO_DO_LEAVE }, NULL, &wake);
	cr_assert(wake);
	sio_queue_free(&q);
}

SENTENCE(queue_bound, "a full queue drops events, counts them, and still takes farewells")
{
	struct sio_queue    q;
	static char         big[1 << 20];
	struct sio_command  emit = { .kind = SIO_DO_EMIT, .json = { big, sizeof(big) } };
	bool                wake;
	size_t              n = 0;

	sio_queue_init(&q);
	for (int i = 0; i < 100; i++)
		sio_queue_put(&q, &emit, NULL, &wake);
	cr_assert_gt(q.dropped, 30);
	sio_queue_put(&q, &(struct sio_command){ .kind = SIO_DO_DISCONNECT, .id = 9 }, NULL, &wake);
	for (struct sio_command *c = q.first; c != NULL; c = c->next, n++)
		if (c->next == NULL)
			cr_assert_eq(c->id, 9);
	cr_assert_eq(n, 101 - q.dropped);
	sio_queue_free(&q);
}

SENTENCE(listen, "addresses to listen on are read, brackets mean version 6")
{
	struct text           rest = TEXT("127.0.0.1:8115, [::1]:0,0.0.0.0:1,[::]:2");
	struct listen_address a;

	cr_assert(listen_next(&rest, &a) && !a.ipv6 && a.port == 8115);
	cr_assert_str_eq(a.host, "127.0.0.1");
	cr_assert(listen_next(&rest, &a) && a.ipv6 && a.port == 0);
	cr_assert_str_eq(a.host, "::1");
	cr_assert(listen_next(&rest, &a) && !a.ipv6 && a.host[0] == '\0');
	cr_assert(listen_next(&rest, &a) && a.ipv6 && a.host[0] == '\0' && rest.at == NULL);
	static const char *const bad[] = { "", "x", "127.0.0.1", "1.1.1.1:", "1.1.1.1:70000", "1.1.1.1:-1" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		rest = text_of(bad[i]);
		cr_assert_not(listen_next(&rest, &a), "%s", bad[i]);
	}
}
