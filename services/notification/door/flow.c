/* The order of one socket's alarms. */
#include "services/notification/door/flow.h"

enum flow_say
flow_live(struct flow *f, int64_t number)
{
	if (number <= f->last)
		return FLOW_DROP;
	if (number > f->heard)
		f->heard = number;
	if (f->reading)
		return FLOW_NOTE;
	if (number == f->last + 1) {
		f->last = number;
		return FLOW_SEND;
	}
	f->reading = true;
	return FLOW_READ;
}

bool
flow_begin(struct flow *f, int64_t counter, int64_t named)
{
	f->last = named < 0 || named > counter ? counter : named;
	if (f->heard < counter)
		f->heard = counter;
	f->reading = f->heard > f->last;
	return f->reading;
}

bool
flow_took(struct flow *f, int64_t asked, int64_t last_row, bool full)
{
	if (last_row > f->last)
		f->last = last_row;
	if (!full && asked > f->last)
		f->last = asked;
	f->reading = full || f->heard > f->last;
	return f->reading;
}
