/* CSV by RFC 4180 that a spreadsheet opens as it is meant. */
#include "services/commerce/order/csv.h"
#include "common/core/text.h"

static bool
is_formula(struct text cell)
{
	static const char *const begins[] = { "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠" };

	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (text_starts(cell, text_of(begins[i])))
			return true;
	return false;
}

void
csv_text(struct buf *to, struct text cell)
{
	buf_byte(to, '"');
	if (is_formula(cell))
		buf_byte(to, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.at[i] == '"')
			buf_byte(to, '"');
		buf_byte(to, (uint8_t)cell.at[i]);
	}
	buf_str(to, "\",");
}

void
csv_i64(struct buf *to, int64_t cell)
{
	buf_i64(to, cell);
	buf_byte(to, ',');
}

void
csv_end(struct buf *to)
{
	if (to->len > 0 && !to->overflow)
		to->len--;
	buf_str(to, "\r\n");
}
