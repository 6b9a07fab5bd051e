/* Command: a user loses a company. */
#ifndef AUTH_MEMBER_REMOVE_H
#define AUTH_MEMBER_REMOVE_H
#include "common/core/req.h"

/* member remove <phone> [company code]: without a code the company the user works in now. The company that was dormant
 * until then becomes the current one. Sessions live on and know it within a second. An owner can be removed like
 * everybody; the company keeps its owner on paper. */
const struct err *command_member(struct req *rq, int argc, char **argv);
#endif
