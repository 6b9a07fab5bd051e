/* The order of one socket's alarms, as arithmetic: each number once, none overtaken, none left out.
 *
 * A user's numbers are dense and a number is heard only after its row and all before it are committed. So a live alarm
 * either follows the last one sent, or was sent before, or shows that the socket must be given what stands between
 * from the database; while that is being read live alarms are only noted. */
#ifndef NOTIFICATION_DOOR_FLOW_H
#define NOTIFICATION_DOOR_FLOW_H
#include "common/core/base.h"

/* last: sent so far. heard: the highest number known to be committed. reading: a worker is sending what is missing;
 * nobody else sends. A new one is { .reading = true }: live alarms are noted until flow_begin(). */
struct flow { int64_t last, heard; bool reading; };

enum flow_say {
	FLOW_DROP,       /* was sent before */
	FLOW_NOTE,       /* the worker at it will find it */
	FLOW_SEND,       /* send it now */
	FLOW_READ,       /* have a worker read: reading is set */
};
enum flow_say flow_live(struct flow *f, int64_t number);

/* counter: the user's last number, read after the flow was made. named: the last the client says it has; negative when
 * it says nothing and wants what comes from now on. More than the counter counts as the counter. True: read now. */
bool flow_begin(struct flow *f, int64_t counter, int64_t named) MUST_USE;

/* After a read behind f->last that began when f->heard was `asked`: last_row is the number of its last row, 0 for none;
 * full: there may be more. What is missing of the numbers up to `asked` has expired. True: read again. */
bool flow_took(struct flow *f, int64_t asked, int64_t last_row, bool full) MUST_USE;
#endif
