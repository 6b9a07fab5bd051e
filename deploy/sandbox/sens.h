/* Naver SENS: SMS and AlimTalk, and the messages it keeps. */
#ifndef SANDBOX_SENS_H
#define SANDBOX_SENS_H

#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/router.h"

#include <stdint.h>

enum sens_kind {
	SENS_SMS,
	SENS_ALIMTALK,
};

#define SENS_ID_SIZE 48
#define SENS_PHONE_SIZE 24
#define SENS_CODE_SIZE 8
#define SENS_MESSAGES_MAX 50000

/* One message. Texts are the store's own. */
struct sens_message {
	enum sens_kind kind;
	uint64_t seq;
	char request_id[SENS_ID_SIZE];
	char id[SENS_ID_SIZE];
	char to[SENS_PHONE_SIZE], from[SENS_PHONE_SIZE], country[8];
	char type[12];			/* SMS, LMS, MMS, AT */
	char content_type[8];
	char code[SENS_CODE_SIZE];	/* the result, once due has passed */
	int64_t sent_us;
	struct due due;
	char *subject, *content;
	char *channel, *template_code;
	bool failover;			/* wanted when the AlimTalk fails */
	bool failover_sent;
	char failover_type[8];
	char *failover_subject, *failover_content;
	char failover_request_id[SENS_ID_SIZE], failover_id[SENS_ID_SIZE];
};

/* sens.c */
extern const struct provider sens_provider;
void sens_refuse(struct reply *rep, int status, const char *message);
bool sens_is_phone(const char *text);
bool sens_service_known(const struct request *rq, const char *service, struct reply *rep);

/* sens_store.c: the lock guards the messages. */
void sens_lock(void);
void sens_unlock(void);
/* Takes the texts over; the oldest of SENS_MESSAGES_MAX makes room. NULL when memory is out. */
struct sens_message *sens_add(const struct sens_message *m);
/* NULL when it is not there or of another kind. */
struct sens_message *sens_by_id(enum sens_kind kind, const char *id);
/* Calls see for each of a request's messages. */
void sens_of_request(enum sens_kind kind, const char *request_id,
    void (*see)(struct sens_message *m, void *arg), void *arg);
/* Calls see for each message, oldest first. */
void sens_each(enum sens_kind kind, void (*see)(struct sens_message *m, void *arg), void *arg);
void sens_new_id(const char *prefix, char id[SENS_ID_SIZE]);
void sens_release(struct sens_message *m);
void sens_store_reset(void);

/* sens_text.c: lengths are counted in EUC-KR, as on the air. */
struct sens_length {
	size_t bytes;			/* of the whole text */
	size_t fits;			/* UTF-8 bytes that stay within max */
	bool encodable;
};
struct sens_length sens_measure(const char *text, size_t max);

/* sens_sms_result.c: a query like "2026-01-02 03:04:05", in Seoul. */
bool sens_query_time(const struct request *rq, const char *name, int64_t *us);

/* sens_sms.c */
step_fn sens_sms_send, sens_sms_list, sens_sms_get;
/* Sends one SMS for a failed AlimTalk; the lock is held. */
void sens_sms_failover(struct sens_message *alimtalk);

/* sens_alimtalk.c, sens_alimtalk_result.c and sens_template.c */
step_fn sens_alimtalk_send, sens_alimtalk_list, sens_alimtalk_get;
step_fn sens_template_list, sens_template_put;
/* Sends the failover SMS of AlimTalks whose failure has become known. */
void sens_tick(void);
enum sens_template_fit {
	SENS_TEMPLATE_UNKNOWN,
	SENS_TEMPLATE_FITS,
	SENS_TEMPLATE_DIFFERS,
};
/* The lock is held. */
enum sens_template_fit sens_template_check(const char *code, const char *content);
void sens_template_reset(void);
void sens_reset(void);

#endif
