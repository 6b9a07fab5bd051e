/* Waiting that ends when the sandbox does. */
#ifndef SANDBOX_PAUSE_H
#define SANDBOX_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Waits, unless the sandbox is stopping; false when it is. */
bool pause_ms(int64_t ms);

/* Ends all waiting, now and later. */
void pause_end(void);

#endif
