/* What the tests of access tokens stand on: a signer with key "k1", its keys loaded, a clock that
 * stands still. Each test file has its own. */
#ifndef TESTS_TOKEN_BENCH_H
#define TESTS_TOKEN_BENCH_H
#include "common/core/req.h"
#include "common/token/jwt.h"
#include "tests/kit/forge.h"

#define ISSUER   "https://auth.example"
#define AUDIENCE "dure"
#define NOW_S    INT64_C(1800000000)

struct bench {
	struct req         rq;
	EVP_PKEY          *key, *other;      /* other: a good key that nobody was told of */
	struct jwt_signer *signer;
	struct jwt_keys   *keys;
};
extern struct bench bench;
extern const struct access_token staff;

void        bench_open(void);
void        bench_close(void);
const char *spec_of(const char *kid, EVP_PKEY *k);
struct text signed_by(const struct jwt_signer *s, const struct access_token *t);
/* The slug of the refusal, or "fine". */
const char *verdict(struct text token, struct access_token *out);
/* With the bench's own key. */
struct text forged(const char *header, const char *claims);

#define REFUSED(token, slug) do { \
	struct access_token out_; \
	cr_assert_str_eq(verdict((token), &out_), (slug)); \
} while (0)

#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define U1     "01000000-0000-7000-8000-000000000000"
#define WHERE  "\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\","
#define NAMES  "\"sub\":\"" U1 "\",\"sid\":\"" U1 "\",\"jti\":\"" U1 "\",\"typ\":\"staff\","
#define TIMES  "\"iat\":1800000000,\"exp\":1800000600"
#define CLAIMS "{" WHERE NAMES TIMES "}"
#endif
