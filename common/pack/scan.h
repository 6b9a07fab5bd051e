/* Walks msgpack bytes without allocating, before anybody else reads them. */
#ifndef PACK_SCAN_H
#define PACK_SCAN_H
#include "common/core/base.h"

/* NULL when `from` is exactly one msgpack value within the bounds of pack.h, without extension
 * types; else a sentence about what is wrong. */
const char *pack_scan(struct text from);
#endif
