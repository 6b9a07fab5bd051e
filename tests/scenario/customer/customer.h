/* One customer of the walking suite, from sign-up to delivered alarms, step by step.
 *
 * The steps assert everything that they claim; whoever plays them decides what happens between two of them. A play
 * has a buyer, a seller, a product and a coupon of its own, so any number of plays fit in one suite. */
#ifndef SCENARIO_CUSTOMER_CUSTOMER_H
#define SCENARIO_CUSTOMER_CUSTOMER_H
#include "tests/kit/kit.h"

enum {
	PRICE_KRW = 12500, STOCK = 10, QUANTITY = 2, PERCENT = 10, CHARGED_KRW = 50000,
	TOTAL_KRW = PRICE_KRW * QUANTITY, DISCOUNT_KRW = TOTAL_KRW / PERCENT, PAID_KRW = TOTAL_KRW - DISCOUNT_KRW,
	SECOND_KRW = PRICE_KRW,             /* one piece, without a coupon, to a phone that KakaoTalk does not reach */
	LEFT_KRW = CHARGED_KRW - PAID_KRW - SECOND_KRW, LEFT_STOCK = STOCK - QUANTITY - 1
};

/* The category that a play sells in, there since the migration that made categories a tree. */
#define GOODS "01926f00-0000-7000-8000-00000000c003"

/* The kinds of the alarms: part of the contract with the front end. */
enum { ALARM_ORDER = 100, ALARM_PREPARING = 101, ALARM_SHIPPED = 102, ALARM_POINTS = 105 };

/* The delays that the suite states, in milliseconds; a test waits up to ten times as long. */
enum { PROMISED_MS = 1000, SOCKET_ENDS_MS = 2000, RESULT_MS = 5000, PATIENCE = 10 };

struct person { const char *phone, *email, *name, *password, *id, *company, *access, *refresh; };

struct play {
	struct suite      *suite;
	bool               telling;       /* prints each step with its time */
	bool               listening;     /* has a Socket.IO client while it orders */
	bool               patient;       /* services die meanwhile: work waits for the lease of the dead */
	const char        *mortal;        /* the service that a fault point may end; NULL: none */
	int                deaths;        /* of it so far */
	int64_t            began_us;      /* of what is being timed */
	int                number;        /* tells plays apart */
	struct person      buyer, seller;
	const char        *signup_token, *product, *coupon, *registered, *payment, *payment_order, *payment_key;
	const char        *order, *second_order, *order_json, *unreached_phone;
	struct kit_socket *socket;        /* NULL: nobody listens */
};

/* number < 1000, another for each play of a suite. */
struct play *play_new(struct suite *s, int number);
void         play_close(struct play **p);

/* A suite whose limits and whose passwords' cost do not stand in the way of a thousand customers of one address; `more`
 * are further "service", "NAME=value" words, NULL at the end. */
#define play_suite(...) play_suite_with(__VA_ARGS__, NULL)
struct suite *play_suite_with(int flags, ...);

struct play_step { const char *name; void (*play)(struct play *p); };
extern const struct play_step play_steps[];
extern const size_t n_play_steps;
void        play_all(struct play *p);

/* What must be so in the end, in the words of the databases and of the sandbox: equal for every play that went
 * well, whatever happened on the way. To be asked behind the last step. */
const char *play_outcome(struct play *p);
extern const char play_good_outcome[];

/* ---- the steps, each from the state that the one before it has left */

void        signup_ask(struct play *p);
void        signup_send_code(struct play *p);
void        signup_prove(struct play *p);
void        signup_complete(struct play *p);
void        signup_followers(struct play *p);
void        session_login(struct play *p);
void        session_company(struct play *p);
void        session_renew(struct play *p);
void        session_leave(struct play *p);
void        alarms_listen(struct play *p);
void        seller_enter(struct play *p);
void        seller_offer(struct play *p);
void        coupon_claim(struct play *p);
void        points_intend(struct play *p);
void        points_confirm(struct play *p);
void        points_arrive(struct play *p);
void        order_place(struct play *p);
void        order_place_unreached(struct play *p);
void        shipping_prepare(struct play *p);
void        shipping_ship(struct play *p);
void        alarms_read(struct play *p);
void        messages_settle(struct play *p);

/* ---- a crowd that orders one piece at a time */

/* A product at that price, offered by a seller of its own. */
const char  *many_offer(struct suite *s, int piece_krw, int stock);
/* From sign-up to log-out, then that many points; orders will be for this product. */
void         many_settle(struct play *p, const char *product, int64_t points_krw);
/* The n-th order; its id. */
const char  *many_place(struct play *p, int n);

/* The steps from the first to the one of that name. */
void        play_until(struct play *p, const char *step);
/* Only what a customer needs to buy: signed up, logged in, with an account. */
void        play_enter(struct play *p);

/* n threads that begin at the same moment; returns when all are through. */
void        crowd(size_t n, void (*one)(size_t i, void *arg), void *arg);
/* The same for what need not be at the same moment: a few threads do it all. */
void        errands(size_t n, void (*one)(size_t i, void *arg), void *arg);

/* ---- words of the steps */

/* kit_http() for a play: while a service is mortal it does what a good client does, the same call with the same key
 * again until it is answered. */
#define ask(p, ...) ask_with((p), __VA_ARGS__, NULL)
struct kit_reply ask_with(struct play *p, const char *method, const char *path, const char *json, ...);
/* Starts the mortal service again, without the fault, when it has died. Every wait calls it. */
bool        revive(struct play *p);

/* The reply when it has that status, else the test fails and shows it. */
#define want(status, ...) want_at(__FILE__, __LINE__, (status), (__VA_ARGS__))
struct kit_reply want_at(const char *file, int line, int status, struct kit_reply reply);
/* The same, and a problem document of that code, with its request id. */
#define want_problem(status, slug, ...) want_problem_at(__FILE__, __LINE__, (status), (slug), (__VA_ARGS__))
struct kit_reply want_problem_at(const char *file, int line, int status, const char *slug, struct kit_reply reply);

/* "Authorization: Bearer …" and "Idempotency-Key: <word>-<play>". */
const char *as(const struct person *who);
const char *key(const struct play *p, const char *word);
/* A member of a JSON object that must be there. */
const char *text_in(struct kit_reply reply, const char *path);

/* The first begins to time, the others print what was timed since then, each on a line. */
void        timing(struct play *p);
void        told(struct play *p, const char *what);
/* Opens a session; the new tokens are the person's. */
void        log_in(struct play *p, struct person *who);
/* Charges points outside the steps: intent, the buyer's window, confirmation. */
void        charge(struct play *p, int64_t amount_krw, const char *key_word);
/* The buyer agrees in the payment window of the sandbox; the payment key. */
const char *agree(struct play *p, const char *order_id, int64_t amount_krw);
/* Waits for the alarm of that kind when somebody listens, and prints after which time it was there. */
void        hear_alarm(struct play *p, int kind, const char *what);
/* The phone's next verification code. */
const char *read_code(struct play *p);
#endif
