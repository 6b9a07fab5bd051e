/* The words of the tests: databases, steps, whole suites, clients, waiting.
 *
 * A test that goes wrong inside the kit (a server that does not start, a wait that ends) prints a
 * sentence and aborts, which Criterion counts as a failure; so nothing here returns an error.
 *
 * Criterion runs each test in a process of its own. What is expensive is shared between them: one
 * throwaway PostgreSQL and Redis in the folder $KIT_DIR, started by the first test that needs
 * them, under a lock. tests/run makes that folder and sweeps it away in the end; a test binary run
 * by hand takes /tmp/dure-test-<number of Criterion's process>, swept by a guard process that waits
 * for that process to end. Either way nothing is left, not even after SIGKILL.
 *
 * Each test gets databases of its own, cloned from a migrated template (about 50 ms).
 *
 * All results (texts, replies, events) live until the test ends or calls kit_forget(). Functions may be called
 * from several threads unless they say otherwise. */
#ifndef KIT_KIT_H
#define KIT_KIT_H
#include <stdio.h>
#include <sys/types.h>
#include "common/core/base.h"
#include "common/core/msg.h"
#include "common/core/req.h"
#include "common/db/db.h"

struct svc;

/* ---- waiting and ending */

/* Waits until the condition holds, asking every few milliseconds; aborts the test with the condition's text
 * when it still does not after timeout_ms. Tests wait by this and never sleep. */
#define kit_until(timeout_ms, ...) \
	do { \
		int64_t until_ = kit_deadline(timeout_ms); \
		while (!(__VA_ARGS__)) \
			kit_pause(until_, __FILE__, __LINE__, #__VA_ARGS__); \
	} while (0)
/* The opposite: the condition must go on to hold for that long. */
#define kit_throughout(duration_ms, ...) \
	do { \
		int64_t until_ = kit_deadline(duration_ms); \
		while (kit_goes_on(until_)) \
			kit_sure(__VA_ARGS__); \
	} while (0)
/* Aborts the test unless the condition holds. */
#define kit_sure(...)   ((__VA_ARGS__) ? (void)0 : kit_fail("%s:%d: %s", __FILE__, __LINE__, #__VA_ARGS__))
NEVER_RETURNS void kit_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);

int64_t     kit_deadline(int64_t timeout_ms);
void        kit_pause(int64_t deadline_us, const char *file, int line, const char *condition);
bool        kit_goes_on(int64_t deadline_us);

/* A text that lives as long as the test. */
const char *kit_print(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* What this process counts in a series, "name" or "name{label=\"value\"}", without fractions; −1 when there is none. */
int64_t     kit_metric(const char *series);
/* Frees all results so far; for loops of many thousand calls. No other thread may be in the kit. */
void        kit_forget(void);

/* ---- PostgreSQL and Redis */

/* The shared servers; started by the first who asks. Called by all that follows. The first call of a test also
 * names this process's own clock and faults file to the core rooms. */
struct kit_db { const char *dir, *postgres_socket_dir, *redis_socket, *clock_file, *faults_file; };
const struct kit_db *kit_db_start(void);

/* A database of its own with the migrations applied, for one of the five schemas ("auth", "commerce", …): url
 * as the service's role, owner_url as the schema's owner, admin_url as superuser. Dropped by
 * kit_db_drop() or with the servers. */
struct kit_database { const char *name, *schema, *url, *owner_url, *admin_url; };
const struct kit_database *kit_db_fresh(const char *schema, const struct db_migration *files, size_t n);
/* The same with common/db/migrations alone: outbox, inbox, jobs, idempotency. For tests of common rooms. */
const struct kit_database *kit_db_common(const char *schema);
/* Those migrations themselves, for a struct svc of the test's own; returns how many. */
size_t      kit_common_migrations(struct db_migration *files, size_t room);
void        kit_db_drop(const struct kit_database *db);

/* Runs SQL as superuser with the schema as search_path. The result as text: columns separated by '|', rows by
 * a new line, NULL as nothing. An SQL error ends the test. */
const char *kit_db_sql(const struct kit_database *db, const char *sql, ...) PRINTF_LIKE(2, 3);

/* ---- steps of one service, in this process, without sockets */

/* Opens the service as svc_main() would: configuration (deploy/dev/environment; a variable set by the test
 * before wins), a fresh database, Redis when it needs one, its own open(). No relay, no jobs, no inbox:
 * what they would do is for the test to see (kit_event) and to cause (kit_hear, kit_job). */
struct kit;
struct kit *kit_open(const struct svc *svc);
void        kit_close(struct kit **k);
struct app *kit_app(struct kit *k);
const struct kit_database *kit_database(struct kit *k);

/* Who calls from now on, in the calling thread; at first nobody (WHO_ANYONE). ip NULL: 127.0.0.1. */
struct kit_who { enum who who; struct uuid user, company, session; uint64_t permissions; const char *ip; };
void        kit_as(struct kit *k, struct kit_who who);
/* A member of the staff with these permission flags; a new session. */
void        kit_as_user(struct kit *k, struct uuid user, struct uuid company, uint64_t permissions);
void        kit_as_customer(struct kit *k, struct uuid user, struct uuid company);
void        kit_as_operator(struct kit *k);
void        kit_as_service(struct kit *k);
void        kit_as_nobody(struct kit *k);

/* An answer. slug is the code of a problem document, "" when there is none. head holds the header lines. */
struct kit_reply { int status; const char *body; size_t length; const char *slug, *head; };
/* A header's value, "" when it is not there. */
const char *kit_header(const struct kit_reply *reply, const char *name);

/* Calls a step: kit_call(k, "POST /api/orders", json), body NULL for none; further arguments are header
 * lines ("If-Match: \"v1\""). A POST without "Idempotency-Key: …" among them gets a new key. */
#define kit_call(k, ...) kit_call_with((k), __VA_ARGS__, NULL)
struct kit_reply kit_call_with(struct kit *k, const char *method_path, const char *json, ...);

/* The next row of the outbox, which must be of this type: its payload struct. Rows come in the order of their
 * ids, each once. One thread at a time. Rows of the audit log are passed over unless that type is asked for: every
 * change leaves one. */
const void *kit_event(struct kit *k, const struct event_type *type);
/* From now on these two pass over events whose type is LIKE this: "product.%", for tests about something else. */
void        kit_event_ignore(struct kit *k, const char *types);
/* No row is left that kit_event() has not given. */
bool        kit_no_event(struct kit *k);
/* Runs the service's step for an event in a write bracket, tenant as given. NULL when it went well, else the
 * slug of the error. */
const char *kit_hear(struct kit *k, const struct event_type *type, struct uuid tenant, const void *payload);
/* Runs a job's step once, as a worker would with this key and payload. NULL or the slug. */
const char *kit_job(struct kit *k, const char *kind, const char *key, const char *payload);
/* A bracket for calling functions of a service directly: runs part in it, commits on NULL. NULL or the slug. */
const char *kit_part(struct kit *k, enum tx tx, db_part *part, void *arg);

const char *kit_sql(struct kit *k, const char *sql, ...) PRINTF_LIKE(2, 3);
/* As kit_redis(), in the Redis database that only this test has; kit_open() finds it empty. */
const char *kit_redis_own(const char *command, ...) PRINTF_LIKE(1, 2);
/* Moves the clock of this process forward (or back); true for this process when it returns. */
void        kit_clock(struct kit *k, int64_t seconds);
/* Arms fault points of this process, in the form of DURE_FAULTS; "" disarms all. */
void        kit_fault(struct kit *k, const char *faults);

/* ---- the whole suite as processes */

enum {
	SUITE_OWN_POSTGRES = 1,      /* a cluster of its own, to be stopped and killed */
	SUITE_NOT_READY = 2,         /* start, but do not wait */
	SUITE_NOT_CHECKED = 4,       /* what this test leaves behind need not add up */
	SUITE_REPLICAS = 8,          /* commerce and notification run twice: also as "commerce2" and "notification2" */
};

/* Sandbox and all services of the flavour under test ($KIT_BIN, else bin/ beside the folder of the test
 * binary) on free ports, with a Redis and a database of their own. Processes die with this one. */
struct suite;
struct suite *suite_start(int flags);
/* The same with changes of the services' environments before their first start: service, "NAME=value", …, NULL. */
struct suite *suite_start_with(int flags, const char *const settings[]);
/* A suite that runs elsewhere: $KIT_SUITE names a folder with env/ports ("gateway http 8080", "sandbox http 8190", on
 * loopback) and three programs. "sql <service>" runs the statement on its standard input in that schema and prints the
 * result as kit_db_sql() gives it, "redis" the command on its, "run <service> <command>…" a command of a service. NULL
 * when the variable is not set. Of what follows only addresses, suite_sql(), suite_run(), kit_redis() and suite_close(),
 * which ends nothing, are for such a one. */
struct suite *suite_attached(void);
/* Checks first that it all adds up (suite_check). Then SIGTERM to all, each must exit 0 in time (but those that
 * suite_kill() ended); then Redis and the folder go. */
void        suite_close(struct suite **s);
/* dure-check finds nothing, now or once what is under way has arrived; else the test fails and shows what it found. */
void        suite_check(struct suite *s);
/* The same with the ids of orders that were acknowledged, one a line. */
void        suite_check_acked(struct suite *s, const char *ids);

/* service is "gateway", "auth", …, or "sandbox". */
pid_t       suite_pid(struct suite *s, const char *service);
/* Sends the signal; after SIGKILL it waits for the end. */
void        suite_kill(struct suite *s, const char *service, int signal);
/* SIGTERM and the exit status (128 + signal when it was killed). */
int         suite_stop(struct suite *s, const char *service);
/* Ends it when it runs, starts it again; not yet ready. */
void        suite_restart(struct suite *s, const char *service);
/* Has it ended (by a fault point, for example)? */
bool        suite_ended(struct suite *s, const char *service);
/* NULL: all that run. */
void        suite_wait_ready(struct suite *s, const char *service);
/* A second process of the gateway with the same settings, ready, on a port of its own, which is returned. Dies with
 * the test. */
int         suite_second_gateway(struct suite *s);

/* door is "http", "manage", "pub", "ask", "outpub", "outask", "socketio" or "smtp". */
int         suite_port(struct suite *s, const char *service, const char *door);
const char *suite_url(struct suite *s, const char *service);                     /* "http://127.0.0.1:…" */
const char *suite_dir(struct suite *s);
/* Arms fault points of one service: "outbox.numbered=kill"; "" disarms all. Takes effect at the next pass. */
void        suite_fault(struct suite *s, const char *service, const char *faults);
/* Moves the clock of all services; they see it within 10 ms. */
void        suite_clock(struct suite *s, int64_t seconds);
/* Business time as the services have it, RFC 3339. */
const char *suite_now(struct suite *s);
const char *suite_sql(struct suite *s, const char *service, const char *sql, ...) PRINTF_LIKE(3, 4);
bool        suite_log_contains(struct suite *s, const char *service, const char *text);
/* A command of a service's binary: suite_run(s, "auth", "operator", "add", …). Its output; exit status into
 * *status, or NULL when it must be 0. */
#define suite_run(s, status, ...) suite_run_with((s), (status), NULL, __VA_ARGS__, NULL)
/* The same with that text on its standard input: a password, for example. */
#define suite_run_told(s, status, ...) suite_run_with((s), (status), __VA_ARGS__, NULL)
const char *suite_run_with(struct suite *s, int *status, const char *input, const char *service, ...);
/* Changes one variable of a service's environment ("DURE_LIMITS=login=1000/60"); heard at its next start. */
void        suite_set(struct suite *s, const char *service, const char *name_value);
/* deploy/dev/databases for this suite: suite_databases(s, "stop", "redis"). "postgres" needs SUITE_OWN_POSTGRES. */
void        suite_databases(struct suite *s, const char *command, const char *which);

/* ---- clients */

/* Asks the gateway, or any address when path begins with "http://". Further arguments are header lines;
 * json NULL sends no body. status 0: no answer (connection refused or cut, or 30 s over). */
#define kit_http(s, ...) kit_http_with((s), __VA_ARGS__, NULL)
struct kit_reply kit_http_with(struct suite *s, const char *method, const char *path, const char *json, ...);

/* By path: "items.0.id". The text of a string, the JSON of anything else, NULL when it is not there. */
const char *kit_json_text(const char *json, const char *path);
/* −1 when it is not there or no whole number. */
int64_t     kit_json_i64(const char *json, const char *path);
/* Elements of an array, 0 when there is none. */
size_t      kit_json_length(const char *json, const char *path);

/* The verification code of the next message that the sandbox sent to this phone and this function has not
 * given before. Waits for it, at most 10 s. */
const char *kit_inbox_code(struct suite *s, const char *phone);
/* Messages that the sandbox sent to this number or address so far. */
size_t      kit_inbox_count(struct suite *s, const char *to);

/* One reply line of Redis ("OK", a number, a text; "-ERR …" for an error): kit_redis(s, "GET x"). Arrays come
 * as lines. */
const char *kit_redis(struct suite *s, const char *command, ...) PRINTF_LIKE(2, 3);

/* A raw TCP connection, for what no client would send. One thread at a time. */
struct kit_raw;
struct kit_raw *kit_raw_open(int port);
void        kit_raw_send(struct kit_raw *r, const void *bytes, size_t length);
void        kit_raw_text(struct kit_raw *r, const char *text);
/* All that arrives until the peer closes, `until` was seen (NULL: nothing ends it) or the time is over. */
const char *kit_raw_read(struct kit_raw *r, const char *until, int timeout_ms);
/* The peer has closed within that time. */
bool        kit_raw_closed(struct kit_raw *r, int timeout_ms);
void        kit_raw_close(struct kit_raw **r);

/* A websocket: text frames in and out, pings answered. NULL when nobody is there or the upgrade is
 * refused. One thread. */
struct kit_websocket;
struct kit_websocket *kit_websocket_open(int port, const char *path, const char *headers);
void        kit_websocket_send(struct kit_websocket *w, const char *text);
/* The next text frame; NULL when the time is over or the connection ended. */
const char *kit_websocket_next(struct kit_websocket *w, int timeout_ms);
bool        kit_websocket_ended(const struct kit_websocket *w);
void        kit_websocket_close(struct kit_websocket **w);

/* A small Socket.IO client (websocket only, one namespace). One thread. */
struct kit_socket;
/* Through the gateway, with {"token":token} as auth; returns when the server has accepted or refused. */
struct kit_socket *kit_socket_connect(struct suite *s, const char *token);
struct kit_socket *kit_socket_connect_at(int port, const char *namespace, const char *auth_json);
/* The same, but NULL when nobody is there. */
struct kit_socket *kit_socket_try_at(int port, const char *namespace, const char *auth_json);
/* NULL: accepted; else the message of the refusal. */
const char *kit_socket_refused(const struct kit_socket *c);
/* The argument array of the next event of this name; others before it are kept. NULL when the time is over. */
const char *kit_socket_wait(struct kit_socket *c, const char *event, int timeout_ms);
/* Emits with an acknowledgement and waits for it: its argument array, NULL when none came. */
const char *kit_socket_ask(struct kit_socket *c, const char *event, const char *args_json, int timeout_ms);
void        kit_socket_emit(struct kit_socket *c, const char *event, const char *args_json);
/* The server ended it (DISCONNECT or close) within that time. */
bool        kit_socket_ended(struct kit_socket *c, int timeout_ms);
void        kit_socket_close(struct kit_socket **c);
#endif
