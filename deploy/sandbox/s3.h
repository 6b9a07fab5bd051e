/* S3: objects in one bucket, behind real signatures. */
#ifndef SANDBOX_S3_H
#define SANDBOX_S3_H

#include "deploy/sandbox/router.h"

#define S3_OBJECT_MAX ((size_t)16 << 20)

extern const struct provider s3_provider;
step_fn s3_put, s3_get, s3_delete;

/* Answers with S3's XML error; more is further elements or "". */
void s3_refuse(struct reply *rep, int status, const char *code, const char *message,
    const char *more);

/* s3_sign.c: true when the request is signed as it must be; otherwise the refusal is in rep. */
bool s3_verify(const struct request *rq, struct reply *rep);

void s3_reset(void);

#endif
