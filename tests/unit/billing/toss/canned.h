/* A provider that always says the same: one HTTP answer, whatever is asked. */
#ifndef UNIT_BILLING_TOSS_CANNED_H
#define UNIT_BILLING_TOSS_CANNED_H

/* Listens on a free loopback port until the process ends. */
int         canned_open(void);
/* What is answered from now on; status 0 closes the connection without an answer. */
void        canned_say(int status, const char *body);
/* The last request as it came, head and body. */
const char *canned_heard(void);
/* How many requests came so far. */
int         canned_count(void);
#endif
