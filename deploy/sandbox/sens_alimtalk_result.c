/* SENS's AlimTalk results: lists by request or by channel and time, and single messages. */
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/sens.h"

#include <stdlib.h>
#include <string.h>

#define ACCEPTED "A000"
#define DELIVERED "0000"
#define LIST_MAX 100

static const struct {
	const char *code, *meaning;
} results[] = {
	{ "0000", "성공" },
	{ "3008", "전화번호 오류" },
	{ "3014", "메시지 길이 제한 오류" },
	{ "3016", "메시지 내용이 템플릿과 일치하지 않음" },
	{ "3018", "메시지를 전송할 수 없음" },
	{ "3022", "메시지 발송 가능 시간이 아님" },
};

static const char *
meaning_of(const char *code)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (strcmp(results[i].code, code) == 0)
			return results[i].meaning;
	return "실패";
}

static json_t *
failover_json(const struct sens_message *m)
{
	const struct sens_message *sms;
	bool known, delivered;

	if (!m->failover_sent)
		return json_null();
	sms = sens_by_id(SENS_SMS, m->failover_id);
	known = sms != NULL && due_passed(sms->due);
	delivered = known && strcmp(sms->code, "0") == 0;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?}",
	    "smsServiceId", conf.sens_sms_service, "requestId", m->failover_request_id,
	    "requestStatusCode", "202", "requestStatusName", "success", "requestStatusDesc", "성공",
	    "messageId", m->failover_id, "messageStatus", known ? "COMPLETED" : "PROCESSING",
	    "messageStatusCode", known ? sms->code : NULL,
	    "messageStatusName", known ? (delivered ? "success" : "fail") : NULL,
	    "messageStatusDesc", known ? (delivered ? "성공" : "실패") : NULL);
}

static json_t *
result_json(const struct sens_message *m)
{
	bool known = due_passed(m->due), delivered = strcmp(m->code, DELIVERED) == 0;
	char sent[CLOCK_TEXT], done[CLOCK_TEXT];

	clock_kst(m->sent_us, "%Y-%m-%d %H:%M:%S", sent);
	clock_kst(m->due.wall_us, "%Y-%m-%d %H:%M:%S", done);
	return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s,"
	    " s:s?, s:s, s:s?, s:b, s:o}",
	    "requestId", m->request_id, "messageId", m->id, "requestTime", sent,
	    "completeTime", known ? done : NULL, "plusFriendId", m->channel,
	    "templateCode", m->template_code, "countryCode", m->country, "to", m->to,
	    "content", m->content, "requestStatusCode", ACCEPTED, "requestStatusName", "success",
	    "requestStatusDesc", "성공", "messageStatusCode", known ? m->code : NULL,
	    "messageStatusName", known ? (delivered ? "success" : "fail") : "processing",
	    "messageStatusDesc", known ? meaning_of(m->code) : NULL,
	    "useSmsFailover", (int)m->failover, "failover", failover_json(m));
}

static void
append_result(struct sens_message *m, void *arg)
{
	json_array_append_new(arg, result_json(m));
}

/* What a list by channel and time asks for. */
struct window {
	int64_t from_us, to_us;
	char *channel, *to;
	size_t limit;
	json_t *list;
};

static void
append_within(struct sens_message *m, void *arg)
{
	struct window *w = arg;

	if (m->sent_us >= w->from_us && m->sent_us <= w->to_us && strcmp(m->channel, w->channel) == 0
	    && (w->to == NULL || strcmp(m->to, w->to) == 0) && json_array_size(w->list) < w->limit)
		append_result(m, w->list);
}

static bool
list_by_time(struct request *rq, json_t *list)
{
	int64_t size = request_query_number(rq, "pageSize", LIST_MAX);
	struct window w = { .channel = request_query(rq, "plusFriendId"), .to = request_query(rq, "to"), .list = list,
		.limit = (size_t)size };
	bool fine = w.channel != NULL && size >= 1 && size <= LIST_MAX
	    && sens_query_time(rq, "requestStartTime", &w.from_us) && sens_query_time(rq, "requestEndTime", &w.to_us);

	if (fine) {
		sens_lock();
		sens_each(SENS_ALIMTALK, append_within, &w);
		sens_unlock();
	}
	free(w.channel);
	free(w.to);
	return fine;
}

static bool
list_by_request(const char *request_id, json_t *list)
{
	sens_lock();
	sens_of_request(SENS_ALIMTALK, request_id, append_result, list);
	sens_unlock();
	return true;
}

void
sens_alimtalk_list(struct request *rq, struct reply *rep)
{
	char *request_id;
	json_t *list;
	bool fine;

	if (!sens_service_known(rq, conf.sens_alimtalk_service, rep))
		return;
	request_id = request_query(rq, "requestId");
	list = json_array();
	fine = request_id != NULL ? list_by_request(request_id, list) : list_by_time(rq, list);
	free(request_id);
	if (!fine) {
		json_decref(list);
		sens_refuse(rep, 400, "requestId, or plusFriendId, requestStartTime and requestEndTime");
		return;
	}
	reply_json(rep, 200, json_pack("{s:s, s:s, s:o, s:i, s:b}", "statusCode", "200",
	    "statusName", "success", "messages", list,
	    "itemCount", (int)json_array_size(list), "hasMore", 0));
}

void
sens_alimtalk_get(struct request *rq, struct reply *rep)
{
	const struct sens_message *m;
	json_t *o = NULL;

	if (!sens_service_known(rq, conf.sens_alimtalk_service, rep))
		return;
	sens_lock();
	m = sens_by_id(SENS_ALIMTALK, rq->arg[1]);
	if (m != NULL)
		o = result_json(m);
	sens_unlock();
	if (o == NULL)
		sens_refuse(rep, 404, "no such message");
	else
		reply_json(rep, 200, o);
}
