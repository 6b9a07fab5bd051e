/* CSV by RFC 4180 that a spreadsheet opens as it is meant. */
#ifndef COMMERCE_ORDER_CSV_H
#define COMMERCE_ORDER_CSV_H
#include "common/core/buf.h"

/* The byte order mark: without it spreadsheets take UTF-8 for the machine's old encoding. */
#define CSV_BOM "\xef\xbb\xbf"

/* A cell of text, always quoted. What a spreadsheet would run as a formula (it begins with = + - @, their full-width
 * forms, a tab or a line break) has an apostrophe before it. */
void csv_text(struct buf *to, struct text cell);
void csv_i64(struct buf *to, int64_t cell);
/* Ends the line: CR LF instead of the last comma. */
void csv_end(struct buf *to);
#endif
