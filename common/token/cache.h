/* Tokens whose signature was good, by the SHA-256 of the token. Private to common/token. */
#ifndef TOKEN_CACHE_H
#define TOKEN_CACHE_H
#include "common/token/digest.h"
#include "common/token/jwt.h"

struct token_cache;
/* Room for JWT_CACHE tokens, the oldest of a shard gives way. Takes its memory at once, 2 MB. */
struct token_cache *token_cache_open(void);
void                token_cache_close(struct token_cache **c);
/* epoch is that of the key set: an entry of another epoch does not count, nor one past its exp. */
bool                token_cache_get(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
    uint64_t epoch, int64_t now_us, struct access_token *out);
void                token_cache_put(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
    uint64_t epoch, const struct access_token *t);
#endif
