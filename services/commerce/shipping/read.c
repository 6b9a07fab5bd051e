/* GET /api/orders/{orderId}/shipping: where the parcel is. */
#include "common/http/http.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/shipping/read.sql.h"
#include "services/commerce/shipping/shipping.h"

const struct err *
shipping_read(struct req *rq, const struct shipping_read_in *in, struct shipping *out)
{
	struct sql_shipping_find_row row;
	bool found;

	TRY(sql_shipping_find(rq, in->order_id, rq->user, rq->who == WHO_OPERATOR, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	*out = SHIPPING(row);
	http_etag(rq, row.version);
	return NULL;
}
