/* JSON log lines with named events and typed values. */
#ifndef LOG_LOG_H
#define LOG_LOG_H
#include "common/core/id.h"
#include "common/core/req.h"

enum log_level { LV_DEBUG, LV_INFO, LV_WARN, LV_ERROR };

struct kv { const char *key; enum { KV_END, KV_TEXT, KV_CSTR, KV_INT, KV_UUID, KV_PHONE } kind;
	union { struct text t; const char *s; int64_t i; struct uuid u; } as; };
enum { KV_ROOM = UUID_CHARS + 1 };

/* What may be shown of a value that is not a KV_INT: the one place where a phone is masked. Points into room or to what
 * the value itself points to. */
struct text kv_text(const struct kv *kv, char room[KV_ROOM]);

/* One line on stderr in one write: time, level, service, event; trace id, request id and door of rq
 * (NULL outside a unit of work); the values. Values are escaped; a phone is masked; there is no form
 * for a secret. Cut at 4 KiB, still JSON then, with "cut":true. Never blocks longer than the write,
 * never fails, leaves errno alone. The time is the kernel's even when a test moved the business clock:
 * lines of all programs on the host must sort together, also those around the move. */
void log_event(const struct req *rq, enum log_level lv, const char *event, const struct kv *kvs);
void log_open(const char *service, enum log_level least);
bool log_level_parse(const char *word, enum log_level *out) MUST_USE;
/* The line of a failed unit of work: code, slug, detail, causes, file and line. */
void log_err(const struct req *rq, enum log_level lv, const char *event, const struct err *e);

/* LOG(rq, INFO, "order.placed", kv_u("order", id), …): the event and as many values as there are. */
#define LOG(rq, lv, ...)          LOG_ENDED((rq), LV_##lv, __VA_ARGS__, { NULL, KV_END, { .i = 0 } })
#define LOG_ENDED(rq, lv, event, ...) log_event(rq, lv, (event), (const struct kv[]){ __VA_ARGS__ })
static inline struct kv kv_t(const char *k, struct text t) { return (struct kv){ k, KV_TEXT, { .t = t } }; }
static inline struct kv kv_s(const char *k, const char *s) { return (struct kv){ k, KV_CSTR, { .s = s } }; }
static inline struct kv kv_i(const char *k, int64_t i) { return (struct kv){ k, KV_INT, { .i = i } }; }
static inline struct kv kv_u(const char *k, struct uuid u) { return (struct kv){ k, KV_UUID, { .u = u } }; }
static inline struct kv kv_phone(const char *k, struct text digits) { return (struct kv){ k, KV_PHONE, { .t = digits } }; }
#endif
