/* What the tests of callers stand on: a real Redis, a stand-in for auth that counts its questions, keys and tokens. */
#ifndef CALLER_WORLD_H
#define CALLER_WORLD_H
#include <openssl/evp.h>
#include "common/caller/caller.h"
#include "common/core/app.h"
#include "tests/kit/kit.h"

enum { MEM_BYTES = 1 << 22, TIMEOUT_MS = 10000, SECOND = 1000000, THREADS = 8 };

#define ISSUER   "https://auth.example"
#define AUDIENCE "dure"

extern struct req      rq;
extern struct app      app;
extern struct arena   *mem;
extern struct callers *callers;
extern EVP_PKEY       *first, *second;

/* What auth has to say. The key set is replaced as a whole, by one thread. */
struct auth {
	const char *jwks;                    /* atomic */
	int         status;                  /* atomic */
	int         restore_status;
	const char *restored;
	int         reads, restores, in_hand, peak;      /* atomic */
	bool        frozen;                  /* atomic: it takes questions for keys and says nothing */
};
extern struct auth auth;

/* Keys that sign; the newest first. */
struct keyset { EVP_PKEY *key; struct jwt_signer *signer; };
extern struct keyset set;                /* "k1" with the first key, published */

void                world_open(void);
void                world_close(void);
/* Callers whose key set is older than so many seconds is read again, in place of those with a minute. */
void                callers_anew(int64_t refresh_s);
/* A new unit of work. */
void                begin(void);
/* spec is "k2,k1"; older may be NULL. The caller closes .signer. */
struct keyset       keyset(struct req *with, const char *spec, EVP_PKEY *newest, EVP_PKEY *older);
void                publish(const struct keyset *keys);
struct text         token_for(struct req *with, const struct keyset *keys, struct access_token t);
/* A new user with a new session whose token ends in so many seconds. */
struct access_token somebody(int64_t seconds);

/* The slug of an error, "fine" for none. */
const char         *slug(const struct err *e);
const char         *present(struct text token);

/* THREADS threads at once, each with requests of its own. */
struct many {
	void *(*run)(void *arg);
	const struct keyset *signer;
	struct access_token token;
	int wrong;      /* atomic */
};
void                all_at_once(struct many *m);
struct req          own(void);
void                end(struct req *one);
#endif
