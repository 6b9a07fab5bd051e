/* Time limits in order of their due time. */
#include "common/socketio/eio_timer.h"

void
eio_timer_stop(struct eio_timer *t)
{
	if (t->list == NULL)
		return;
	*(t->prev != NULL ? &t->prev->next : &t->list->first) = t->next;
	*(t->next != NULL ? &t->next->prev : &t->list->last) = t->prev;
	t->list = NULL;
}

void
eio_timer_set(struct eio_timers *list, struct eio_timer *t, int64_t due_us)
{
	struct eio_timer *before;

	eio_timer_stop(t);
	for (before = list->last; before != NULL && before->due_us > due_us; before = before->prev)
		;
	*t = (struct eio_timer){ before, before != NULL ? before->next : list->first, list, due_us };
	*(t->prev != NULL ? &t->prev->next : &list->first) = t;
	*(t->next != NULL ? &t->next->prev : &list->last) = t;
}

struct eio_timer *
eio_timer_due(struct eio_timers *list, int64_t now_us)
{
	struct eio_timer *t = list->first;

	if (t == NULL || t->due_us > now_us)
		return NULL;
	eio_timer_stop(t);
	return t;
}
