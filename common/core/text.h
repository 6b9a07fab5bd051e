/* Reading, comparing and cleaning borrowed text. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H
#include "common/core/arena.h"

struct text text_of(const char *c_string);             /* NULL gives the empty text */
bool        text_is(struct text t, const char *literal);
bool        text_eq(struct text a, struct text b);
bool        text_eq_nocase(struct text a, struct text b);      /* ASCII only */
bool        text_starts(struct text t, struct text prefix);
bool        text_ends(struct text t, struct text suffix);
struct text text_trim(struct text t);                  /* ASCII white space off both ends */
/* Cuts at the first sep: returns what stood before it, moves *rest behind it. When there is no sep
 * the whole is returned and *rest becomes empty with .at NULL. */
struct text text_cut(struct text *rest, char sep);
bool        text_is_utf8(struct text t);               /* well formed by RFC 3629, no surrogates */
bool        text_is_printable(struct text t);          /* ASCII from ' ' to '~' alone; so are nearly all */
size_t      text_characters(struct text utf8);         /* code points */
/* The whole text, an optional '-', no overflow. */
bool        text_to_i64(struct text t, int64_t *out) MUST_USE;
/* NUL-terminated; false when out is too small. */
bool        text_to_hex(struct text bytes, char *out, size_t out_bytes) MUST_USE;

/* Base64url without padding (RFC 4648 5) and base64 with it. Lengths are checked; false on a bad
 * letter, a bad length or non-zero trailing bits (one spelling per value). */
struct text text_base64url(struct arena *mem, struct text bytes);
struct text text_base64(struct arena *mem, struct text bytes);
bool        text_from_base64url(struct arena *mem, struct text t, struct text *out) MUST_USE;
bool        text_from_base64(struct arena *mem, struct text t, struct text *out) MUST_USE;

/* A Korean mobile number: "+82 10-1234-5678" and "010 1234 5678" become
 * "01012345678". False when it is not 01[016789] and 10 or 11 digits. */
bool        text_phone(struct arena *mem, struct text typed, struct text *digits) MUST_USE;
/* "01012345678" becomes "010****5678": the only form of a phone that may stand in a log. What is
 * not such a number becomes "***". The second form needs no arena. */
enum { PHONE_CHARS = 11 };
struct text text_phone_masked(struct arena *mem, struct text digits);
void        text_phone_mask(struct text digits, char out[PHONE_CHARS + 1]);
#endif
