/* One signed call to SENS. */
#ifndef MESSAGING_SENS_CALL_H
#define MESSAGING_SENS_CALL_H
#include "common/json/json.h"
#include "common/core/req.h"

struct sens_account { const char *access_key, *secret_key; };

/* Signature v2: METHOD SP URI LF timestamp LF access-key, HMAC-SHA256 with the secret key, base64. */
struct text sens_signature(struct arena *mem, const struct sens_account *account, const char *method,
    struct text path_query, const char *timestamp_ms);
/* path_query is what goes on the request line: it is what is signed (signature v2). body .at NULL: a GET.
 * *status is 0 when there was no readable answer. */
void sens_call(struct req *rq, struct text path_query, struct text body, int *status, const struct json_doc **doc);
/* "/sms/v2/services/<id>" or "/alimtalk/v2/services/<id>". */
const char *sens_service(struct req *rq, const char *channel);
#endif
