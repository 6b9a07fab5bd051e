/* The words of the billing tests: billing beside a sandbox of its own that plays Toss. */
#ifndef INTEGRATION_BILLING_TILL_H
#define INTEGRATION_BILLING_TILL_H
#include "tests/kit/kit.h"

/* The open service, between the two that follow. */
extern struct kit *k;
/* Starts dure-sandbox on a free port (it dies with this process) and opens billing on it; one call to Toss may
 * take half a second. */
void        till_open(void);
/* Checks the books, then closes both. */
void        till_close(void);
/* Fails the test unless the money at the provider is what the books say; one event per ending; the last move is the
 * state; the sums are those of the parts; whatever has not ended has a job. */
void        till_check(void);
/* A digest of all rows of all tables of the schema. */
const char *till_digest(void);

const char *id_text(struct uuid id);

/* A payment intended by its payer; key is the provider's once the buyer has agreed, else NULL. */
struct payer { struct uuid user, company; };
struct intent { struct payer payer; const char *id, *order_id, *key; int64_t krw; };
struct payer payer_new(void);
void        as_payer(const struct payer *p);
struct intent intend(int64_t krw);
/* The buyer agrees in the payment window; card is "success", "decline", "timeout" or "late", or "vbank". */
void        agree(struct intent *in, const char *card);
/* intend() and agree(). */
struct intent agreed(int64_t krw, const char *card);

struct kit_reply confirm(const struct intent *in);
struct kit_reply confirm_with_key(const struct intent *in, const char *idempotency_key);
struct kit_reply confirm_as(const struct intent *in, const char *order_id, int64_t krw, const char *key);
/* Tells the webhook; anybody may. */
struct kit_reply tell(const char *body);

/* "paid|" and so on: status and failure code. */
const char *state_of(const struct intent *in);
void        state_is(const struct intent *in, const char *expected);
void        answers(struct kit_reply r, int status, const char *slug);
/* What the workers do at this moment: they run whatever is due, until nothing is. A job that fails fails the test. */
void        janitor(void);
int         jobs_left(void);

/* The sandbox: a control call, which must succeed; the sums it has captured and given back for an order; how often it was
 * called. */
const char *sandbox(const char *method, const char *path, const char *json);
int64_t     captured(const char *order_id);
int64_t     given_back(const char *order_id);
int64_t     calls(const char *endpoint);
#endif
