/* A receiver of webhooks that answers as it is told and remembers what came. */
#ifndef NOTIFICATION_WEBHOOK_RECEIVER_H
#define NOTIFICATION_WEBHOOK_RECEIVER_H
#include "tests/kit/kit.h"

/* id, timestamp and signature are the headers of Standard Webhooks, "" when absent. */
struct received { const char *id, *timestamp, *signature, *body; };

/* Listens on loopback until receiver_close(); its address. */
const char *receiver_open(void);
void        receiver_close(void);
/* What every request from now on is answered. head: further header lines with CRLF, or "". */
void        receiver_answers(int status, const char *head);
/* How many came, and the n-th of them, from 0. */
int         receiver_count(void);
struct received receiver_got(int n);
#endif
