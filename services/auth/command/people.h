/* Commands that make people: the only way to an operator. The password is read from standard input. */
#ifndef AUTH_COMMAND_PEOPLE_H
#define AUTH_COMMAND_PEOPLE_H
#include "common/core/req.h"

/* operator add <phone> <email> <name> */
const struct err *command_operator(struct req *rq, int argc, char **argv);
/* user add <phone> <email> <name>: as if signed up and proven. */
const struct err *command_user(struct req *rq, int argc, char **argv);
#endif
