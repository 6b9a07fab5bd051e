/* SENS's SMS results: lists by request or time, and single messages. */
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/sens.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_DEFAULT 20
#define PAGE_MAX 100
#define PAGE_OF_REQUEST 1000
#define WINDOW_MAX (30 * CLOCK_DAY)

static const struct {
	const char *code, *meaning;
} results[] = {
	{ "0", "성공" },
	{ "2000", "전송 시간 초과" },
	{ "2001", "전송 실패 (무선망단)" },
	{ "2002", "전송 실패 (무선망 -> 단말기단)" },
	{ "2003", "단말기 전원 꺼짐" },
	{ "2004", "단말기 메시지 버퍼 풀" },
	{ "2005", "음영지역" },
	{ "2006", "메시지 삭제됨" },
	{ "2007", "일시적인 단말 문제" },
	{ "3000", "전송할 수 없음" },
	{ "3001", "가입자 없음" },
	{ "3002", "성인 인증 실패" },
	{ "3003", "수신번호 형식 오류" },
	{ "3008", "단말기 착신 불가" },
	{ "3009", "메시지 형식 오류" },
	{ "3012", "스팸" },
	{ "3017", "발신번호 규칙 위반" },
	{ "3018", "발송 제한 (번호도용문자차단서비스)" },
	{ "3022", "Charset Conversion Error" },
	{ "3023", "발신번호 사전등록제를 통해 등록되지 않은 번호" },
};

static const char *
meaning_of(const char *code)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (strcmp(results[i].code, code) == 0)
			return results[i].meaning;
	return "실패";
}

/* On its way for the second half of the delay, so that a poller sees both. */
static const char *
status_of(const struct sens_message *m)
{
	if (due_passed(m->due))
		return "COMPLETED";
	return clock_now() - m->sent_us < (m->due.wall_us - m->sent_us) / 2
	    ? "READY" : "PROCESSING";
}

static json_t *
result_json(const struct sens_message *m)
{
	bool known = due_passed(m->due), delivered = strcmp(m->code, "0") == 0;
	char sent[CLOCK_TEXT], done[CLOCK_TEXT];
	json_t *o;

	clock_kst(m->sent_us, "%Y-%m-%d %H:%M:%S", sent);
	clock_kst(m->due.wall_us, "%Y-%m-%d %H:%M:%S", done);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "requestId", m->request_id, "messageId", m->id, "requestTime", sent,
	    "contentType", m->content_type, "type", m->type, "countryCode", m->country,
	    "from", m->from, "to", m->to, "status", status_of(m));
	if (known)
		json_object_update_new(o, json_pack("{s:s, s:s, s:s, s:s, s:s}",
		    "statusCode", m->code, "statusName", delivered ? "success" : "fail",
		    "statusMessage", meaning_of(m->code), "completeTime", done,
		    "telcoCode", delivered ? "SKT" : "ETC"));
	return o;
}

struct listing {
	json_t *list;
	int64_t from_us, to_us;
	char *to;
	size_t limit, skip;
	bool more;
};

static void
list_one(struct sens_message *m, void *arg)
{
	struct listing *l = arg;

	if (m->sent_us < l->from_us || m->sent_us > l->to_us
	    || (l->to != NULL && strcmp(l->to, m->to) != 0))
		return;
	if (l->skip > 0)
		l->skip--;
	else if (json_array_size(l->list) < l->limit)
		json_array_append_new(l->list, result_json(m));
	else
		l->more = true;
}

bool
sens_query_time(const struct request *rq, const char *name, int64_t *us)
{
	char *text = request_query(rq, name);
	bool fine = text != NULL && clock_parse_kst(text, us);

	free(text);
	return fine;
}

static void
reply_list(struct reply *rep, struct listing *l, size_t skipped)
{
	size_t n = json_array_size(l->list);
	char next[24];

	snprintf(next, sizeof(next), "%zu", skipped + n);
	reply_json(rep, 200, json_pack("{s:s, s:s, s:o, s:i, s:i, s:b, s:s*}",
	    "statusCode", "202", "statusName", "success", "messages", l->list,
	    "pageSize", (int)l->limit, "itemCount", (int)n, "hasMore", (int)l->more,
	    "nextToken", l->more ? next : NULL));
}

static void
list_by_time(struct request *rq, struct reply *rep, struct listing *l)
{
	int64_t size = request_query_number(rq, "pageSize", PAGE_DEFAULT);
	int64_t token = request_query_number(rq, "nextToken", 0);

	if (!sens_query_time(rq, "requestStartTime", &l->from_us)
	    || !sens_query_time(rq, "requestEndTime", &l->to_us)
	    || l->to_us - l->from_us > WINDOW_MAX || size < 1 || size > PAGE_MAX || token < 0) {
		json_decref(l->list);
		sens_refuse(rep, 400, "requestId, or requestStartTime and requestEndTime");
		return;
	}
	l->limit = (size_t)size;
	l->skip = (size_t)token;
	sens_lock();
	sens_each(SENS_SMS, list_one, l);
	sens_unlock();
	reply_list(rep, l, (size_t)token);
}

void
sens_sms_list(struct request *rq, struct reply *rep)
{
	struct listing l = { .to_us = INT64_MAX, .limit = PAGE_OF_REQUEST };
	char *request_id;

	if (!sens_service_known(rq, conf.sens_sms_service, rep))
		return;
	request_id = request_query(rq, "requestId");
	l.list = json_array();
	l.to = request_query(rq, "to");
	if (request_id != NULL) {
		sens_lock();
		sens_of_request(SENS_SMS, request_id, list_one, &l);
		sens_unlock();
		reply_list(rep, &l, 0);
	} else {
		list_by_time(rq, rep, &l);
	}
	free(request_id);
	free(l.to);
}

void
sens_sms_get(struct request *rq, struct reply *rep)
{
	const struct sens_message *m;
	json_t *o = NULL;

	if (!sens_service_known(rq, conf.sens_sms_service, rep))
		return;
	sens_lock();
	m = sens_by_id(SENS_SMS, rq->arg[1]);
	if (m != NULL) {
		o = result_json(m);
		json_object_update_new(o, json_pack("{s:s, s:s, s:[]}", "subject", m->subject,
		    "content", m->content, "files"));
	}
	sens_unlock();
	if (o == NULL)
		sens_refuse(rep, 404, "no such message");
	else
		reply_json(rep, 200, json_pack("{s:s, s:s, s:[o]}", "statusCode", "200",
		    "statusName", "success", "messages", o));
}
