/* The rules as a table. */
#include "deploy/check/check.h"

const struct rule rules[] = {
#define RULE(name, where, says)                              { #name, says, FINDINGS, where, 0, #name ".sql", "" },
#define AGREE(name, from, left, to, right, mode, says)       { #name, says, mode, from, to, left, right },
#define NOT_YET(name, says)                                  { #name, says, ABSENT, 0, 0, "", "" },
#include "deploy/check/rules.def"
#undef RULE
#undef AGREE
#undef NOT_YET
};
const size_t n_rules = COUNT_OF(rules);
