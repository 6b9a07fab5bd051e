/* Command: what the members under a permission template may do. */
#ifndef AUTH_TEMPLATE_SET_H
#define AUTH_TEMPLATE_SET_H
#include "common/core/req.h"

/* template set <company code> <template name> <flag,flag…>: exactly these flags from now on, "" for none. Sessions of its
 * members know it within a second. */
const struct err *command_template(struct req *rq, int argc, char **argv);
#endif
