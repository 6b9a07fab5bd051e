/* Answers kept by idempotency key. */
#ifndef SANDBOX_IDEM_H
#define SANDBOX_IDEM_H

#include "deploy/sandbox/http.h"

enum idem_state {
	IDEM_NEW,			/* the caller must call idem_end */
	IDEM_RUNNING,			/* the first call has not answered yet */
	IDEM_KEPT,			/* the first answer was copied into the reply */
};

enum idem_state idem_begin(const char *name, struct reply *rep);
void idem_end(const char *name, const struct reply *rep);
size_t idem_count(void);
void idem_reset(void);

#endif
