/* A mail server that accepts everything and delivers it to the inbox. */
#ifndef SANDBOX_SMTP_H
#define SANDBOX_SMTP_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the address, host:port; false with a message on stderr when it cannot. */
bool smtp_open(const char *address);

/* The thread's work, until pause_end. */
void *smtp_run(void *unused);

/* smtp_mail.c: stores a whole mail, headers and body, as it came. */
void smtp_deliver(const char *from, const char *to, const char *text);

#endif
