/* The services' identity keys: HKDF-SHA256 of the gateway's master over the service's name. */
#ifndef GATEWAY_IDENTITY_KEY_H
#define GATEWAY_IDENTITY_KEY_H
#include "common/core/req.h"
#include "common/token/digest.h"

/* The key id of the header: what identity-key prints, so what the services' rings begin with. */
#define IDENTITY_KID "k1"

/* INVALID "config.identity_master" unless 32 bytes in base64. */
const struct err *identity_master_read(struct req *rq, const char *base64) MUST_USE;
/* service is at most 40 characters. */
void              identity_key_derive(const char *service, struct key256 *out);
/* identity-key <service>: prints IDENTITY_KID ":<base64>", what that service is given as DURE_IDENTITY_KEYS. */
const struct err *command_identity_key(struct req *rq, int argc, char **argv);
#endif
