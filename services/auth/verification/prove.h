/* A code that comes back. */
#ifndef AUTH_VERIFICATION_PROVE_H
#define AUTH_VERIFICATION_PROVE_H
#include "common/core/req.h"

/* The newest code of a sign-up or a reset, its row locked. */
struct code_sent { struct uuid id; struct text digest; int32_t tries; bool expired; };

/* RULE when the code is dead. A wrong one is counted, in the transaction at hand: *refused tells the caller, and the
 * transaction must be committed. NULL and no *refused: it is the code. */
const struct err *code_prove(struct req *rq, const struct code_sent *sent, struct text code, const struct err **refused) MUST_USE;
#endif
