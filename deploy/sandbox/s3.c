/* S3's objects, kept in memory within a bound. */
#include "deploy/sandbox/s3.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/table.h"

#include <openssl/evp.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STORE_MAX ((size_t)64 << 20)
#define KEY_MAX 1024
#define MD5_SIZE 16

struct object {
	char *key, *type, *data;
	size_t len;
	int64_t at_us;
	char etag[36];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct table objects;
static size_t stored;

void
s3_refuse(struct reply *rep, int status, const char *code, const char *message, const char *more)
{
	char *xml = NULL, id[17];
	int len;

	digest_random(id, sizeof(id) - 1);
	len = asprintf(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code>"
	    "<Message>%s</Message>%s<RequestId>%s</RequestId><HostId>sandbox</HostId></Error>",
	    code, message, more, id);
	reply_own(rep, status, "application/xml", len < 0 ? NULL : xml, len < 0 ? 0 : (size_t)len);
}

static void
enter(struct request *rq, struct reply *rep, step_fn *step)
{
	if (!s3_verify(rq, rep))
		return;
	if (strcmp(rq->arg[0], conf.s3_bucket) != 0)
		s3_refuse(rep, 404, "NoSuchBucket", "The specified bucket does not exist", "");
	else
		router_step(rq, rep, step);
}

static void
fail(struct reply *rep, const char *code)
{
	if (code == NULL)
		s3_refuse(rep, 500, "InternalError",
		    "We encountered an internal error. Please try again.", "");
	else if (strcmp(code, "SlowDown") == 0)
		s3_refuse(rep, 503, "SlowDown", "Please reduce your request rate.", "");
	else
		s3_refuse(rep, 403, "AccessDenied", "Access Denied", "");
}

const struct provider s3_provider = { .enter = enter, .fail = fail };

static void
release(void *value)
{
	struct object *o = value;

	free(o->key);
	free(o->type);
	free(o->data);
	free(o);
}

static void
remove_object(const char *key)
{
	struct object *o = table_take(&objects, key);

	if (o != NULL) {
		stored -= o->len;
		release(o);
	}
}

static void
set_etag(struct object *o)
{
	unsigned char md5[EVP_MAX_MD_SIZE];
	char hex[2 * MD5_SIZE + 1];
	unsigned int len = 0;

	EVP_Digest(o->data, o->len, md5, &len, EVP_md5(), NULL);
	digest_hex(md5, len <= MD5_SIZE ? len : MD5_SIZE, hex);
	snprintf(o->etag, sizeof(o->etag), "\"%s\"", hex);
}

/* Takes the request's body over. */
static struct object *
new_object(struct request *rq)
{
	const char *type = request_header(rq, "Content-Type");
	struct object *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->key = strdup(rq->arg[1]);
	o->type = strdup(type != NULL ? type : "binary/octet-stream");
	o->data = rq->body;
	o->len = rq->body_len;
	o->at_us = clock_now();
	rq->body = NULL;
	rq->body_len = 0;
	set_etag(o);
	return o;
}

static bool
store(struct object *o)
{
	remove_object(o->key);
	if (stored + o->len > STORE_MAX || !table_put(&objects, o->key, o))
		return false;
	stored += o->len;
	return true;
}

void
s3_put(struct request *rq, struct reply *rep)
{
	struct object *o;
	char etag[36] = "";
	bool kept;

	if (strlen(rq->arg[1]) > KEY_MAX) {
		s3_refuse(rep, 400, "KeyTooLongError", "Your key is too long", "");
		return;
	}
	o = new_object(rq);
	pthread_mutex_lock(&lock);
	kept = o != NULL && o->key != NULL && o->type != NULL && store(o);
	if (kept)
		memcpy(etag, o->etag, sizeof(etag));
	pthread_mutex_unlock(&lock);
	if (!kept) {
		if (o != NULL)
			release(o);
		s3_refuse(rep, 503, "SlowDown", "The sandbox keeps 64 MiB in all.", "");
		return;
	}
	reply_empty(rep, 200);
	reply_header(rep, "ETag", etag);
}

static void
reply_object(struct reply *rep, const struct object *o)
{
	/* The type must outlive the lock: the header list keeps a copy. */
	char at[CLOCK_TEXT], *data = malloc(o->len + 1);

	if (data == NULL) {
		fail(rep, NULL);
		return;
	}
	memcpy(data, o->data, o->len);
	clock_utc(o->at_us, "%a, %d %b %Y %H:%M:%S GMT", at);
	reply_own(rep, 200, NULL, data, o->len);
	reply_header(rep, "Content-Type", o->type);
	reply_header(rep, "ETag", o->etag);
	reply_header(rep, "Last-Modified", at);
}

/* GET and HEAD alike: the body of a HEAD is counted, not sent. */
void
s3_get(struct request *rq, struct reply *rep)
{
	const struct object *o;

	pthread_mutex_lock(&lock);
	o = table_get(&objects, rq->arg[1]);
	if (o != NULL)
		reply_object(rep, o);
	pthread_mutex_unlock(&lock);
	if (o == NULL)
		s3_refuse(rep, 404, "NoSuchKey", "The specified key does not exist.", "");
}

void
s3_delete(struct request *rq, struct reply *rep)
{
	pthread_mutex_lock(&lock);
	remove_object(rq->arg[1]);
	pthread_mutex_unlock(&lock);
	reply_empty(rep, 204);
}

void
s3_reset(void)
{
	pthread_mutex_lock(&lock);
	table_clear(&objects, release);
	stored = 0;
	pthread_mutex_unlock(&lock);
}
