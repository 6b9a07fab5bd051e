/* A publisher "billing" with its doors for programs outside, in this process, and an auth that says what a test wants. */
#ifndef OUTSIDE_STAND_H
#define OUTSIDE_STAND_H
#include <criterion/criterion.h>

#include "common/bus/bus.h"
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/outside/wire.h"
#include "tests/kit/kit.h"

#define COMPANY "01926f00-0000-7000-8000-00000000000a"
#define OTHER_COMPANY "01926f00-0000-7000-8000-00000000000b"

struct stand {
	const struct kit_database *db;
	struct config_common       config;
	struct app                 app;
	struct http_server        *http, *auth;
	struct bus_asker          *asker;
	struct arena              *mem;          /* of rq; lives until stand_close() */
	struct req                 rq;
	int                        wake_port;
};

/* waiters: how many requests may wait at once. */
void stand_open(struct stand *s, int waiters);
void stand_close(struct stand *s);

/* ---- keys, as auth says them from now on; NULL: it knows no such key */

#define KEY "01926f00-0000-7000-8000-0000000000c1"
#define OTHER_KEY "01926f00-0000-7000-8000-0000000000c2"
#define SECRET "first-secret-of-the-key-AAAAAAAAAAAAAAAAAAA"
#define NEW_SECRET "newer-secret-of-the-key-BBBBBBBBBBBBBBBBBBB"
void auth_says(const char *key, const char *json);
/* {"keyId":…,"types":[…],"secrets":[…]}; types as JSON, company or until NULL: none. */
const char *key_json(const char *types, const char *company, const char *secret, const char *old_secret, const char *until);
/* The key may see everything under SECRET. */
void auth_knows_key(void);
/* Answers 503 to all. */
void auth_is_ill(bool ill);
int  auth_was_asked(void);

/* ---- events */

/* A row numbered by the relay: waits for that. company NULL: none. */
void emit(struct stand *s, const char *type, bool is_public, const char *company, int n);
/* A row that is written and not yet committed; committed and numbered by late_end(). */
struct late { struct arena *mem; struct req rq; };
void late_begin(struct stand *s, struct late *l, const char *type);
void late_end(struct stand *s, struct late *l);
/* Rows in one partition with those numbers, without the relay. */
void emit_many(struct stand *s, const char *type, bool is_public, int partition, int n);

/* ---- REQ/REP */

struct call { const char *key, *secret; int64_t skew_s; const char *nonce; bool tamper; struct outside_request request; };
/* Signs and asks: for what is next, unless the request says another op. The texts live until stand_close(). */
struct outside_reply call(struct stand *s, struct call c);
struct outside_reply call_raw(struct stand *s, const char *bytes, size_t len);
/* "type company type …", in the order they came. */
const char *types_of(struct stand *s, const struct outside_reply *r);

/* ---- HTTP */

struct kit_reply feed(struct stand *s, const char *query, const char *authorization);
#define GOOD "Authorization: Dure-Event-Key " KEY "." SECRET
#endif
