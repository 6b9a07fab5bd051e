/* Toss Payments v1: the list of transactions, a page at a time. */
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/provider/provider.h"
#include "services/billing/billing.h"
#include "services/billing/toss/toss.h"

enum { PATH_BYTES = 512 };

/* The provider reads and writes Korean time. */
static const int64_t SEOUL_US = INT64_C(9) * 3600 * 1000000;

static void
put_time(struct buf *to, int64_t us)
{
	char text[TIME_CHARS + 1];

	time_print(us + SEOUL_US, text);
	buf_printf(to, "%.19s", text);
}

/* The sign is in the status; which one the amount bears differs from list to list. */
static int64_t
moved(struct text status, int64_t amount_krw)
{
	int64_t sum = amount_krw < 0 ? -amount_krw : amount_krw;

	if (text_is(status, "DONE"))
		return sum;
	return text_is(status, "CANCELED") || text_is(status, "PARTIAL_CANCELED") ? -sum : 0;
}

static bool
read_row(struct req *rq, const struct json_doc *doc, size_t i, struct toss_transaction *out)
{
	struct text at, status;
	bool fine = json_text(rq, doc, arena_printf(rq->mem, "%zu.transactionKey", i), &out->key) &&
	    json_text(rq, doc, arena_printf(rq->mem, "%zu.paymentKey", i), &out->payment_key) &&
	    json_text(rq, doc, arena_printf(rq->mem, "%zu.orderId", i), &out->order_id) &&
	    json_text(rq, doc, arena_printf(rq->mem, "%zu.status", i), &status) &&
	    json_text(rq, doc, arena_printf(rq->mem, "%zu.transactionAt", i), &at) &&
	    json_i64(doc, arena_printf(rq->mem, "%zu.amount", i), &out->amount_krw) && time_parse(at, &out->at_us);

	if (fine)
		out->amount_krw = moved(status, out->amount_krw);
	return fine;
}

const struct err *
toss_list(struct req *rq, int64_t from_us, int64_t to_us, struct text after, struct toss_transaction **out, size_t *n)
{
	struct buf path = buf_in(rq->mem, PATH_BYTES);
	struct provider_answer answer;
	const struct json_doc *doc;

	buf_str(&path, "/v1/transactions?startDate=");
	put_time(&path, from_us);
	buf_str(&path, "&endDate=");
	put_time(&path, to_us);
	buf_printf(&path, "&limit=%d", TOSS_LIST_MOST);
	if (after.len > 0)
		buf_printf(&path, "&startingAfter=%.*s", TEXT_ARG(after));
	TRY(provider_call(rq, billing_of(rq)->toss, &(struct provider_ask){ .method = "GET", .repeatable = true,
		.path = buf_as_text(&path) }, &answer));
	if (answer.status != 200)
		return FAIL(rq, UPSTREAM, "toss.list", "Toss answers %d to its list of transactions", answer.status);
	TRY(json_parse(rq, answer.body, &doc));
	if (!text_starts(text_trim(answer.body), TEXT("[")))
		return FAIL(rq, UPSTREAM, "toss.list", "the list of Toss is none");
	*n = json_length(doc, "");
	*out = NEWS(rq->mem, struct toss_transaction, *n);
	for (size_t i = 0; i < *n; i++)
		if (!read_row(rq, doc, i, &(*out)[i]))
			return FAIL(rq, UPSTREAM, "toss.list", "transaction %zu in the list of Toss is not understood", i);
	return NULL;
}
