/* webhooks reseal: all secrets of endpoints are sealed anew under the first key of DURE_WEBHOOK_KEY, so that the others
 * can be dropped. May run beside the service and be repeated. */
#include <stdio.h>
#include <string.h>
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/token/digest.h"
#include "gen/services/notification/webhook/reseal.sql.h"
#include "services/notification/webhook/webhook.h"

enum { BATCH = 100 };

struct batch { struct uuid behind; size_t n; };

static const struct err *
seal_anew(struct req *rq, struct uuid webhook, struct text *sealed)
{
	const struct text bound = { (const char *)webhook.b, sizeof(webhook.b) };
	struct text secret;

	if (sealed->at == NULL)
		return NULL;
	TRY(webhook_secret_open(rq, webhook, *sealed, &secret));
	*sealed = seal(rq->mem, &webhook_line_keys(notification_of(rq)->webhooks)->at[0], bound, secret);
	return NULL;
}

static const struct err *
reseal_batch(struct req *rq, void *arg)
{
	struct batch *b = arg;
	struct sql_webhook_sealed_list_row *rows;

	TRY(sql_webhook_sealed_list(rq, b->behind, BATCH, &rows, &b->n));
	for (size_t i = 0; i < b->n; i++) {
		TRY(seal_anew(rq, rows[i].id, &rows[i].secret));
		TRY(seal_anew(rq, rows[i].id, &rows[i].old_secret));
		TRY(sql_webhook_reseal(rq, rows[i].id, rows[i].secret, rows[i].old_secret));
	}
	if (b->n > 0)
		b->behind = rows[b->n - 1].id;
	return NULL;
}

const struct err *
command_webhooks(struct req *rq, int argc, char **argv)
{
	struct batch b = { .n = BATCH };
	size_t all = 0;

	if (argc != 2 || strcmp(argv[1], "reseal") != 0)
		return FAIL(rq, INVALID, "command.usage", "usage: webhooks reseal");
	while (b.n == BATCH) {
		TRY(db_tx(rq, TX_WRITE, reseal_batch, &b));
		all += b.n;
	}
	(void)printf("the secrets of %zu endpoints are sealed under the first key\n", all);
	return NULL;
}
