/* gateway: the one door to the outside. What passes through it: proto/<service>/openapi.yaml. */
#include "services/gateway/service.h"
#include "services/gateway/gateway.h"
#include "services/gateway/identity_key.h"
#include "services/gateway/pay/page.h"

static const struct svc_command commands[] = {
	{ "identity-key", "<service>", "print the identity key of a service, derived from the master", command_identity_key },
};

const struct svc gateway_svc = { .name = "gateway",
	.config = gateway_config_keys, .n_config = GATEWAY_CONFIG_KEYS, .config_values = &gateway_config_values,
	.commands = commands, .n_commands = COUNT_OF(commands), .needs_redis = true, .open = gateway_open,
	.close = gateway_close, .ready = gateway_ready, .take = gateway_take, .seen = gateway_seen, .check = pay_check,
	.websocket = &gateway_tunnel,
	.door = gateway_door };
