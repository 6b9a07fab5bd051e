/* The line to auth: calls under this service's own pair key, for /internal/ alone. */
#ifndef NOTIFICATION_WHO_CALL_H
#define NOTIFICATION_WHO_CALL_H
#include "common/caller/caller.h"

struct auth_line;
/* pair_key is "notification:base64"; INVALID "config.auth_pair_key" for anything else. parallel: how many threads call. */
const struct err *auth_line_open(struct req *rq, struct auth_line **out, const char *url, const char *pair_key,
    int parallel) MUST_USE;
void              auth_line_close(struct auth_line **line);
/* Blocks for at most AUTH_CALL_MS. Both methods in use may be repeated: they change nothing that matters twice. */
enum { AUTH_CALL_MS = 3000 };
const struct err *auth_ask(struct req *rq, const char *method, struct text path, struct caller_answer *out) MUST_USE;
#endif
