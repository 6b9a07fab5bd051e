/* The messaging tests: one service, opened, its jobs at work, and a sandbox of the test's own as SENS. */
#ifndef TESTS_MESSAGING_WORLD_H
#define TESTS_MESSAGING_WORLD_H
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/kit/kit.h"

extern struct kit *k;

/* Test fixtures: .init = world_open, .fini = world_close. A call to SENS may take half a second. */
void world_open(void);
void world_close(void);

/* The job workers; nothing is sent before they start. */
void workers_start(void);
void workers_stop(void);

/* PUT /sandbox/switches */
void switches(const char *json);
/* How many messages of this kind ("sms", "lms", "alimtalk", NULL: any) SENS has sent to this phone. */
size_t      sent_to(const char *phone, const char *kind);
/* A member of the last of them. */
const char *last_sent(const char *phone, const char *member);
/* How often an endpoint was called ("sens.sms"). */
int64_t     calls_of(const char *endpoint);

/* auth has asked for a code to be sent, good for two minutes; the same id is the same event. */
void verification_heard(const char *phone, const char *code, struct uuid id);
/* commerce has an order; the same id is the same event. */
void order_heard(const char *phone, struct uuid id);

/* Waits until the newest message to this phone has this status. */
void status_becomes(const char *phone, const char *status);
/* "status|result_code" of the newest. */
const char *status_of(const char *phone);
/* Waits until the job of this kind has failed once, then moves the clock to its next try. */
void next_try(const char *kind);
/* Jobs that are left, of whatever kind. */
const char *jobs_left(void);
#endif
