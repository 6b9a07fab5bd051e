/* The audit log: who has changed what, when, what stood there before and what stands there now.
 *
 * A step says it in one call, in the transaction of the change. auth keeps the one append-only table and writes its own
 * rows; everywhere else the row leaves as the event audit.recorded, which auth hears exactly once. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H
#include "common/core/msg.h"
#include "common/core/req.h"
#include "common/log/log.h"

enum { AUDIT_VALUE_BYTES = 1024, AUDIT_BYTES = 8192 };

/* What has changed is either a struct of the contracts (type, before, after; NULL: was not there, is not there any more),
 * of which those fields are kept that differ, or named values (was, is). The values are as short as in the log: secrets are
 * left out, phones masked, of addresses the query is gone, a value beyond AUDIT_VALUE_BYTES is only told by its length. */
struct audit {
	const char            *action;       /* "product.changed": the kind of subject, a dot, what happened to it */
	struct uuid            subject;      /* nil: the installation itself */
	struct uuid            company;      /* whose owner may read it; nil: that of rq, if there is one */
	const struct msg_type *type;
	const void            *before, *after;
	const struct kv       *was, *is;     /* AUDIT_OF(kv_t("state", …), …) */
};
#define AUDIT_OF(...) (const struct kv[]){ __VA_ARGS__, { NULL, KV_END, { .i = 0 } } }

/* Only inside a transaction, which has locked or made the subject's row; queued, no round trip. Who: the caller of rq; for
 * an operator's command, an event or a job nobody by id, but the door tells which. */
const struct err *audit_put(struct req *rq, const struct audit *a) MUST_USE;
#endif
