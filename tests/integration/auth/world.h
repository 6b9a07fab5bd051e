/* People of the auth tests: one service, opened; sign-ups and log-ins in a line each. */
#ifndef TESTS_AUTH_WORLD_H
#define TESTS_AUTH_WORLD_H
#include "common/session/session.h"
#include "services/auth/auth.h"
#include "tests/kit/kit.h"

#define PASSWORD "Wooden_Desk_1!"

extern struct kit *k;

/* Test fixtures: .init = world_open, .fini = world_close. Passwords cost next to nothing here; the clock stands just
 * behind noon in Seoul, so that no test runs over midnight, nor over the edge of what is counted by ten minutes. */
void world_open(void);
void world_close(void);
/* The same under one more setting: world_open_with("DURE_CODE_DAILY_MAX", "3"). */
void world_open_with(const char *name, const char *value);

struct auth *world_auth(void);
/* As text. */
const char *id_of(struct uuid u);

/* ---- sign-up */

/* A phone nobody else in this test has, and an address that goes with it. */
const char *phone_number(int n);                     /* "0101000000n" */
struct kit_reply start(int n);                       /* POST /api/create/token */
const char *token_of(int n);                         /* the token of a start that went well */
struct kit_reply ask_code(const char *token);        /* POST /api/join/check */
struct kit_reply give_code(const char *token, const char *code);
struct kit_reply finish(const char *token);          /* POST /api/join/do, all agreed */
/* The code in the next event, opened with the seal key. */
const char *next_code(void);
/* Another code than this one. */
const char *wrong_code(const char *code);

struct person { const char *phone; struct uuid user, company; };
struct person join(int n);

/* ---- sessions */

struct login { const char *access, *refresh; struct uuid session, jti, user; };
struct kit_reply login_as(const char *phone, const char *password);
struct login log_in(int n);
/* The tokens of an answer. */
struct login tokens_of(const struct kit_reply *reply);
struct kit_reply refresh(const char *token);
struct kit_reply log_out(const struct login *who);

/* What the gateway would see in Redis. */
struct gate_answer gate(const struct login *who);
/* Redis loses what it knows of the session, as a flush would do. */
void redis_forgets(const struct login *who);
/* From now on nobody answers there. */
void redis_is_down(void);
void redis_is_back(void);

/* ---- many at once */

/* Calls once in each of n threads, all at the same time. */
void at_once(int n, struct kit_reply *replies, struct kit_reply (*call)(const char *), const char *arg);
int  count_status(const struct kit_reply *replies, int n, int status);

/* Does any row of any table hold this text, as such or as bytes? */
bool database_holds(const char *needle);
#endif
