/* PHC strings of argon2id. Private to common/token.
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt, base64 without padding>$<hash, the same> */
#ifndef TOKEN_PHC_H
#define TOKEN_PHC_H
#include "common/core/arena.h"
#include "common/token/password.h"

/* A stored string may ask for this much at most: whoever could write one must not be able to
 * stop the service with it. 1 GiB, 20 passes, 16 lanes. */
enum { PHC_MAX_KIB = 1 << 20, PHC_MAX_PASSES = 20, PHC_MAX_LANES = 16 };
/* RFC 9106 wants at least 8 bytes of salt; 64 of either is twice what anybody writes. */
enum { PHC_MIN_BYTES = 8, PHC_MAX_BYTES = 64 };

struct phc { struct password_cost cost; struct text salt, hash; };

struct text phc_print(struct arena *mem, const struct phc *p);
/* Salt and hash are copied into mem. False when it is not argon2id v=19 within the bounds. */
bool        phc_parse(struct arena *mem, struct text t, struct phc *out) MUST_USE;
bool        phc_cost_good(const struct password_cost *c);
#endif
