/* What a text message can carry: EUC-KR letters, counted in its bytes. */
#ifndef MESSAGING_SENS_EUCKR_H
#define MESSAGING_SENS_EUCKR_H
#include "common/core/req.h"

/* The text with every letter that EUC-KR lacks replaced ('–' by '-', '₩' by '원', others by '?'), cut between letters at
 * max_bytes EUC-KR bytes. The result is UTF-8. */
struct text euckr_clean(struct req *rq, struct text utf8, size_t max_bytes);
#endif
