/* The control side: switches, state and reset. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "deploy/sandbox/router.h"

step_fn control_alive, control_switches, control_set_switches, control_reset, control_state;

/* Forgets everything; also what frees memory at the end. */
void control_forget(void);

#endif
