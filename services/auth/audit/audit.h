/* The table of the audit log. */
#ifndef AUTH_AUDIT_AUDIT_H
#define AUTH_AUDIT_AUDIT_H
#include "common/audit/audit.h"
#include "gen/proto/audit/audit_events.gen.h"

/* Writes a row in the transaction at hand (queued). One that is there already stays as it is. */
const struct err *audit_write(struct req *rq, const struct audit_recorded_v1 *row) MUST_USE;
/* The step of audit.recorded, of whichever service. */
const struct err *on_audit_recorded(struct req *rq, const struct audit_recorded_v1 *ev) MUST_USE;
#endif
