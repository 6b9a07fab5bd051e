/* What only notification has: its line to auth, the key set, the Socket.IO door, the webhooks' line out. */
#include "common/caller/caller.h"
#include "common/core/address.h"
#include "common/core/text.h"
#include "services/notification/door/door.h"
#include "services/notification/notification.h"
#include "services/notification/who/call.h"
#include "services/notification/webhook/webhook.h"

struct notification_config notification_config_values;
static const struct notification_config *const settings = &notification_config_values;

const struct config_key notification_config_keys[NOTIFICATION_CONFIG_KEYS] = {
#define CONFIG_OF struct notification_config
#include "common/config/rows.h"
#include "services/notification/config.def"
#include "common/config/end.h"
};

const struct err *
notification_open(struct req *rq, struct app *app)
{
	static struct notification notification;

	notification = (struct notification){ .config = settings };
	app->state = &notification;
	if (!address_list_good(text_of(settings->trusted_proxies)))
		return FAIL(rq, INVALID, "config.trusted_proxies", "DURE_TRUSTED_PROXIES is not address[/bits], …");
	TRY(auth_line_open(rq, &notification.auth, settings->auth_url, settings->auth_pair_key,
	    (int)settings->socket_workers));
	notification.callers = callers_open(&(struct callers_config){ .issuer = settings->jwt_issuer,
		.audience = settings->jwt_audience, .refresh_s = settings->jwks_refresh_s, .ask = auth_ask,
		.app = app });
	TRY(webhook_line_open(rq, &notification.webhooks, settings));
	return app->commanded ? NULL : door_open(rq, &notification.door, app, settings);
}

/* The door first: nobody is inside of what its workers use. */
void
notification_close(struct app *app)
{
	struct notification *notification = app->state;

	if (notification == NULL)
		return;
	door_close(&notification->door);
	callers_close(&notification->callers);
	auth_line_close(&notification->auth);
	webhook_line_close(&notification->webhooks);
}

int
notification_check(const void *config_values, bool prod, FILE *problems)
{
	const struct notification_config *config = config_values;

	if (!prod || !config->webhook_private)
		return 0;
	(void)fprintf(problems, "DURE_WEBHOOK_PRIVATE: webhooks may not reach private addresses in production\n");
	return 1;
}

const struct err *
notification_ready(struct req *rq)
{
	if (!door_is_open(notification_of(rq)->door))
		return FAIL(rq, BUSY, "socketio.closed", "the Socket.IO door is not open");
	return NULL;
}
