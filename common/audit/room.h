/* What the files of this room share. */
#ifndef AUDIT_ROOM_H
#define AUDIT_ROOM_H
#include "common/audit/audit.h"

/* JSON objects in rq->mem; .at NULL: there is nothing to say. */
struct audit_sides { struct text before, after; };
struct audit_sides audit_sides(struct arena *mem, const struct audit *a);
#endif
