/* What pieces of a line are worth when they are given back. */
#include "services/commerce/order/share.h"

/* Of the first `pieces`. */
static int64_t
worth(int64_t net_krw, int32_t quantity, int32_t pieces)
{
	return pieces == quantity ? net_krw : net_krw / quantity * pieces;
}

int64_t
refund_share(int64_t net_krw, int32_t quantity, int32_t before, int32_t units)
{
	SURE(net_krw >= 0 && before >= 0 && units >= 1 && units <= quantity - before);
	return worth(net_krw, quantity, before + units) - worth(net_krw, quantity, before);
}
