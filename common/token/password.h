/* Passwords: argon2id in bounded slots, PHC strings. The only file that knows libargon2. */
#ifndef TOKEN_PASSWORD_H
#define TOKEN_PASSWORD_H
#include "common/core/req.h"

/* m in KiB, t passes, p lanes; slots hash at the same time, waiting callers at most wait_max; more get
 * BUSY "password.busy" at once. Buffers of the slots are made once. */
struct password_cost { uint32_t memory_kib, passes, lanes; };
struct passwords;
const struct err *passwords_open(
    struct req *rq, struct passwords **out, struct password_cost cost, int slots, int wait_max) MUST_USE;
/* Nobody may still be inside. */
void        passwords_close(struct passwords **p);
/* Blocks for the hash, and before it for a free slot until rq's deadline (0: none). A password
 * of more than PASSWORD_MAX_BYTES is INVALID "password.too_long". */
enum { PASSWORD_MAX_BYTES = 1024 };
const struct err *password_hash(struct req *rq, struct passwords *p, struct text password, struct text *phc) MUST_USE;
/* *ok tells whether it fits. phc empty: the same work against a fixed hash, then not ok, so that an
 * unknown name takes as long as a wrong password. *rehash: the stored cost differs from today's.
 * A phc that is not argon2id within sane bounds is INTERNAL "password.stored_malformed". */
const struct err *password_check(struct req *rq, struct passwords *p, struct text password, struct text phc,
    bool *ok, bool *rehash) MUST_USE;
int         passwords_busy(const struct passwords *p);          /* slots in use, for the metrics */
uint64_t    passwords_hashed(const struct passwords *p);        /* hashes computed since start */
#endif
