/* The words of the billing tests: billing beside a sandbox of its own that plays Toss. */
#ifndef INTEGRATION_BILLING_TILL_H
#define INTEGRATION_BILLING_TILL_H
#include "tests/kit/kit.h"

/* Starts dure-sandbox on a free port (it dies with this process) and opens billing on it; one call to Toss may
 * take half a second. */
struct kit *till_open(void);
/* Checks the books, then closes both. */
void        till_close(struct kit **k);
/* Fails the test unless every payment that is paid here is captured there, once, and the other way round for
 * final ones; one event per ending; the last move is the state. */
void        till_check(struct kit *k);
/* A digest of all rows of all tables of the schema. */
const char *till_digest(struct kit *k);

const char *id_text(struct uuid id);

/* A payment intended by its payer; key is the provider's once the buyer has agreed, else NULL. */
struct payer { struct uuid user, company; };
struct intent { struct payer payer; const char *id, *order_id, *key; int64_t krw; };
struct payer payer_new(void);
void        as_payer(struct kit *k, const struct payer *p);
struct intent intend(struct kit *k, int64_t krw);
/* The buyer agrees in the payment window; card is "success", "decline", "timeout" or "late", or "vbank". */
void        agree(struct intent *in, const char *card);
/* intend() and agree(). */
struct intent agreed(struct kit *k, int64_t krw, const char *card);

struct kit_reply confirm(struct kit *k, const struct intent *in);
struct kit_reply confirm_with_key(struct kit *k, const struct intent *in, const char *idempotency_key);
struct kit_reply confirm_as(struct kit *k, const struct intent *in, const char *order_id, int64_t krw, const char *key);
/* Tells the webhook; anybody may. */
struct kit_reply tell(struct kit *k, const char *body);

/* "paid|" and so on: status and failure code. */
const char *state_of(struct kit *k, const struct intent *in);
/* What the janitor does at this moment: every job that is due runs once as a worker would run it. */
void        janitor(struct kit *k);
int         jobs_left(struct kit *k);

/* The sandbox: a control call, which must succeed; the sum it has captured for an order; how often it was called. */
const char *sandbox(const char *method, const char *path, const char *json);
int64_t     captured(const char *order_id);
int64_t     calls(const char *endpoint);
#endif
