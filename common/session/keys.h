/* How the entries are called. Private to common/session. */
#ifndef SESSION_KEYS_H
#define SESSION_KEYS_H
#include "common/core/arena.h"

struct text session_key(struct arena *mem, struct uuid sid);
struct text blacklist_key(struct arena *mem, struct uuid jti);
#endif
