/* Every path the sandbox answers. The first that fits is taken. */
#include "deploy/sandbox/control.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/s3.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/toss.h"

#define TOSS &toss_provider
#define SENS &sens_provider
#define IMP &imp_provider
#define IMP_OPEN &imp_open_provider
#define S3 &s3_provider
#define SMS "/sms/v2/services/{service}/messages"
#define AT "/alimtalk/v2/services/{service}/messages"

const struct route routes[] = {
	{ "GET", "/livez", "livez", NULL, control_alive, 0 },

	{ "POST", "/v1/payments/confirm", "toss.confirm", TOSS, toss_confirm, 0 },
	{ "GET", "/v1/payments/orders/{order}", "toss.get", TOSS, toss_get_order, 0 },
	{ "GET", "/v1/payments/{key}", "toss.get", TOSS, toss_get, 0 },
	{ "POST", "/v1/payments/{key}/cancel", "toss.cancel", TOSS, toss_cancel, 0 },
	{ "GET", "/v1/transactions", "toss.transactions", TOSS, toss_list_transactions, 0 },

	{ "POST", SMS, "sens.sms", SENS, sens_sms_send, 0 },
	{ "GET", SMS, "sens.sms.get", SENS, sens_sms_list, 0 },
	{ "GET", SMS "/{id}", "sens.sms.get", SENS, sens_sms_get, 0 },
	{ "POST", AT, "sens.alimtalk", SENS, sens_alimtalk_send, 0 },
	{ "GET", AT, "sens.alimtalk.get", SENS, sens_alimtalk_list, 0 },
	{ "GET", AT "/{id}", "sens.alimtalk.get", SENS, sens_alimtalk_get, 0 },
	{ "GET", "/alimtalk/v2/services/{service}/templates", "sens.templates", SENS,
	 sens_template_list, 0 },

#include "deploy/sandbox/imp_routes.def"

	{ "PUT", "/s3/{bucket}/{key...}", "s3.put", S3, s3_put, S3_OBJECT_MAX },
	{ "GET", "/s3/{bucket}/{key...}", "s3.get", S3, s3_get, 0 },
	{ "HEAD", "/s3/{bucket}/{key...}", "s3.head", S3, s3_get, 0 },
	{ "DELETE", "/s3/{bucket}/{key...}", "s3.delete", S3, s3_delete, 0 },

	{ "POST", "/sandbox/toss/authenticate", "sandbox", NULL, toss_authenticate, 0 },
	{ "OPTIONS", "/sandbox/toss/authenticate", "sandbox", NULL, toss_preflight, 0 },
	{ "POST", "/sandbox/toss/deposit", "sandbox", NULL, toss_deposit, 0 },
	{ "POST", "/sandbox/toss/webhook/forge", "sandbox", NULL, toss_forge, 0 },
	{ "GET", "/sandbox/toss/widget.js", "sandbox", NULL, toss_widget, 0 },
	{ "POST", "/sandbox/imp/webhook/forge", "sandbox", NULL, imp_forge, 0 },
	{ "PUT", "/sandbox/sens/templates", "sandbox", NULL, sens_template_put, 0 },
	{ "GET", "/sandbox/inbox", "sandbox", NULL, inbox_page, 0 },
	{ "GET", "/sandbox/inbox.json", "sandbox", NULL, inbox_list, 0 },
	{ "GET", "/sandbox/inbox.css", "sandbox", NULL, inbox_style, 0 },
	{ "GET", "/sandbox/state.json", "sandbox", NULL, control_state, 0 },
	{ "GET", "/sandbox/switches", "sandbox", NULL, control_switches, 0 },
	{ "PUT", "/sandbox/switches", "sandbox", NULL, control_set_switches, 0 },
	{ "POST", "/sandbox/reset", "sandbox", NULL, control_reset, 0 },
};

const size_t route_count = sizeof(routes) / sizeof(routes[0]);
