/* GET /api/orders.csv: orders for a spreadsheet. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/list.sql.h"
#include "services/commerce/order/csv.h"
#include "services/commerce/order/filter.h"

/* As the contract says. A line takes some 300 bytes; BYTES is what the gateway surely passes on. */
enum { EXPORT_ORDERS = 10000, EXPORT_BYTES = 8388608 };

static const char head[] = CSV_BOM "orderNo,placedAt,status,shippingStatus,firstProduct,lineCount,totalKrw,discountKrw,"
    "paidKrw,refundedKrw,recipient,phone,carrier,trackingNumber,userId,orderId\r\n";

/* "2026-01-02 12:04:05", in Seoul: what the seller's clock showed. */
static struct text
local_time(struct req *rq, int64_t us)
{
	struct day d = day_in_seoul(us);
	int s = (int)((us - day_start_us(d)) / 1000000);

	return text_of(arena_printf(rq->mem, "%04d-%02d-%02d %02d:%02d:%02d", d.year, d.month, d.day, s / 3600, s / 60 % 60,
	    s % 60));
}

static void
csv_id(struct buf *to, struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	csv_text(to, text_of(text));
}

static void
write_line(struct req *rq, struct buf *to, const struct sql_order_page_of_all_row *row)
{
	csv_text(to, row->order_no);
	csv_text(to, local_time(rq, row->created_at));
	csv_text(to, row->status);
	csv_text(to, row->shipping_status);
	csv_text(to, row->first_product);
	csv_i64(to, row->line_count);
	csv_i64(to, row->total_krw);
	csv_i64(to, row->discount_krw);
	csv_i64(to, row->paid_krw);
	csv_i64(to, row->refunded_krw);
	csv_text(to, row->recipient);
	csv_text(to, row->phone);
	csv_text(to, row->carrier);
	csv_text(to, row->tracking_number);
	csv_id(to, row->user_id);
	csv_id(to, row->id);
	csv_end(to);
}

const struct err *
order_export(struct req *rq, const struct order_export_in *in)
{
	struct order_filter filter = ORDER_FILTER(in);
	struct order_range range = order_filter_range(rq, &filter);
	struct sql_order_page_of_all_row *rows;
	struct buf csv = buf_in(rq->mem, EXPORT_BYTES);
	size_t n;

	TRY(sql_order_page_of_all(rq, &(struct sql_order_page_of_all_in){ .user_id = filter.user_id, .before = range.before,
		.after = range.after, .placed_from = filter.from_us, .placed_to = filter.to_us, .status = filter.status,
		.shipping_status = filter.shipping_status, .order_no = filter.order_no, .ask = EXPORT_ORDERS + 1 }, &rows,
	    &n));
	buf_str(&csv, head);
	for (size_t i = 0; i < n && !csv.overflow; i++)
		write_line(rq, &csv, &rows[i]);
	if (n > EXPORT_ORDERS || csv.overflow)
		return FAIL(rq, RULE, "order.export_too_large", "more than %d orders; choose a shorter period", EXPORT_ORDERS);
	LOG(rq, INFO, "order.exported", kv_u("by", rq->user), kv_i("orders", (int64_t)n));
	http_header(rq, "Content-Disposition", TEXT("attachment; filename=\"orders.csv\""));
	http_body(rq, "text/csv; charset=utf-8; header=present", buf_as_text(&csv));
	return NULL;
}
