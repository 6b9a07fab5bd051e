/* The Socket.IO codec. */
#include "common/core/text.h"
#include "common/socketio/sio_packet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE(id, says) Test(sio_packet, id, .description = says)

static bool
reads(const char *raw, struct sio_packet *p)
{
	return sio_packet_read(text_of(raw), p);
}

static void
check(const char *raw, enum sio_type type, unsigned n_binary, const char *nsp, int64_t ack,
    const char *data)
{
	struct sio_packet p;

	cr_assert(reads(raw, &p), "%s", raw);
	cr_assert_eq(p.type, type, "%s", raw);
	cr_assert_eq(p.n_binary, n_binary, "%s", raw);
	cr_assert(text_is(p.nsp, nsp), "%s", raw);
	cr_assert_eq(p.ack_id, ack, "%s", raw);
	cr_assert(text_is(p.data, data), "%s", raw);
}

SENTENCE(parts, "a packet is type, attachments, namespace, ack id and JSON, each but the first optional")
{
	check("0", SIO_CONNECT, 0, "/", -1, "");
	check("0{\"token\":\"123\"}", SIO_CONNECT, 0, "/", -1, "{\"token\":\"123\"}");
	check("0/admin,{\"a\":1}", SIO_CONNECT, 0, "/admin", -1, "{\"a\":1}");
	check("1/admin,", SIO_DISCONNECT, 0, "/admin", -1, "");
	check("2[\"foo\"]", SIO_EVENT, 0, "/", -1, "[\"foo\"]");
	check("2/admin,12[\"foo\",1]", SIO_EVENT, 0, "/admin", 12, "[\"foo\",1]");
	check("3/admin,13[]", SIO_ACK, 0, "/admin", 13, "[]");
	check("51-[\"b\",{\"_placeholder\":true,\"num\":0}]", SIO_BINARY_EVENT, 1, "/", -1,
	    "[\"b\",{\"_placeholder\":true,\"num\":0}]");
	check("61-/x,0[{\"num\":0,\"_placeholder\":true}]", SIO_BINARY_ACK, 1, "/x", 0,
	    "[{\"num\":0,\"_placeholder\":true}]");
	check("50-[\"none\"]", SIO_BINARY_EVENT, 0, "/", -1, "[\"none\"]");
}

SENTENCE(no_comma, "the comma behind a namespace may be missing when nothing follows")
{
	check("0/custom", SIO_CONNECT, 0, "/custom", -1, "");
	check("1/custom", SIO_DISCONNECT, 0, "/custom", -1, "");
}

SENTENCE(numbers_as_names, "an event's name may be a number")
{
	check("2[123,\"x\"]", SIO_EVENT, 0, "/", -1, "[123,\"x\"]");
}

SENTENCE(bad, "what the protocol does not know is refused")
{
	static const char *const bad[] = { "", "7", "x", "2", "2[]", "2{}", "2[null]", "2[{}]", "2[true]", "2\"a\"",
		"2[\"a\"", "2[\"a\",]", "2[\"a\"]]", "2[\"a\"]x", "2/nsp", "2[\"a\" \"b\"]", "1{}", "1[]", "0[]", "0\"x\"",
		"0null", "3", "3{}", "3\"a\"", "4", "4[]", "5[\"a\"]", "5-[\"a\"]", "5x-[\"a\"]", "511-[\"a\"]", "51[\"a\"]",
		"51", "51-", "299999999999999999999[\"a\"]", "2[\"\\x\"]", "2[\"\\u12g4\"]", "2[\"a\n\"]", "2[01]",
		"2[\"a\",1.]", "2[\"a\",.5]", "2[\"a\",+1]", "2[\"a\",1e]", "2[\"a\",tru]", "2[\"a\",NaN]", "2['a']" };
	struct sio_packet p;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(reads(bad[i], &p), "%s", bad[i]);
	cr_assert_not(sio_packet_read((struct text){ "2[\"a\0\"]", 8 }, &p));
}

SENTENCE(reserved, "reserved names are refused, however they are spelled")
{
	static const char *const bad[] = { "connect", "connect_error", "disconnect", "disconnecting",
		"newListener", "removeListener", "\\u0063onnect", "dis\\u0063\\u006fnnect" };
	char              raw[128];
	struct sio_packet p;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		(void)snprintf(raw, sizeof(raw), "2[\"%s\",1]", bad[i]);
		cr_assert_not(reads(raw, &p), "%s", raw);
	}
	cr_assert(reads("2[\"connected\"]", &p));
}

SENTENCE(placeholders, "a placeholder must name a part that comes")
{
	struct sio_packet p;

	cr_assert_not(reads("51-[\"a\",{\"_placeholder\":true,\"num\":1}]", &p));
	cr_assert_not(reads("51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", &p));
	cr_assert_not(reads("51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", &p));
	cr_assert_not(reads("51-[\"a\",{\"_placeholder\":true}]", &p));
	cr_assert_not(reads("51-[\"a\",[[{\"x\":{\"_placeholder\":true,\"num\":0.5}}]]]", &p));
	cr_assert(reads("51-[\"a\",{\"_placeholder\":false,\"num\":7}]", &p));
	cr_assert(reads("2[\"a\",{\"_placeholder\":true,\"num\":7}]", &p));
}

SENTENCE(depth, "nesting is bounded")
{
	char              raw[1024] = "2[\"a\",";
	size_t            n = strlen(raw);
	struct sio_packet p;

	memset(raw + n, '[', 127);
	memset(raw + n + 127, ']', 128);
	cr_assert(reads(raw, &p));
	memset(raw + n, '[', 128);
	memset(raw + n + 128, ']', 129);
	cr_assert_not(reads(raw, &p));
	memset(raw + n, '[', sizeof(raw) - n - 1);
	cr_assert_not(reads(raw, &p));
}

SENTENCE(namespaces, "a namespace's name is bounded")
{
	char              raw[512] = "0/";
	struct sio_packet p;

	memset(raw + 2, 'n', SIO_NSP_MAX - 1);
	cr_assert(reads(raw, &p));
	memset(raw + 2, 'n', SIO_NSP_MAX);
	cr_assert_not(reads(raw, &p));
}

static void
splits(const char *data, const char *name, const char *args)
{
	struct buf n = buf_heap(1000), a = buf_heap(1000);

	sio_event_split(text_of(data), &n, &a);
	cr_assert(text_is(buf_as_text(&n), name), "%s", data);
	cr_assert(text_is(buf_as_text(&a), args), "%s: %.*s", data, TEXT_ARG(buf_as_text(&a)));
	buf_free(&n);
	buf_free(&a);
}

SENTENCE(split, "an event parts into a plain name and compact arguments, byte for byte")
{
	splits("[\"a\"]", "a", "[]");
	splits("[\"a\",1.10,\"\\u00e9\",{\"b\":1,\"a\":2}]", "a", "[1.10,\"\\u00e9\",{\"b\":1,\"a\":2}]");
	splits("[ \"a b\" , 1 , { \"x y\" : [ 2 ] } ]", "a b", "[1,{\"x y\":[2]}]");
	splits("[7,8]", "7", "[8]");
	splits("[\"\\ud83d\\ude00\\n\\\"\\u00e9\"]", "\xf0\x9f\x98\x80\n\"\xc3\xa9", "[]");
	splits("[\"\\ud83d\\u0041\"]", "\xef\xbf\xbd" "A", "[]");
	splits("[\"x\",\" , ] \\\" \"]", "x", "[\" , ] \\\" \"]");
}

SENTENCE(join, "name and arguments join into an event")
{
	struct buf b = buf_heap(1000);

	sio_event_join(&b, TEXT("x"), TEXT("[1,2]"));
	sio_event_join(&b, TEXT("q\"\\\n"), TEXT("[]"));
	cr_assert(text_is(buf_as_text(&b), "[\"x\",1,2][\"q\\\"\\\\\\u000a\"]"));
	buf_free(&b);
}

SENTENCE(write, "a packet is written as it is read")
{
	static const char *const raw[] = { "0{\"sid\":\"x\"}", "4/nsp,{\"message\":\"no\"}", "2/a,12[\"foo\",1]",
		"52-/a,7[\"b\",{\"_placeholder\":true,\"num\":1}]", "3[]", "1", "1/a," };
	struct buf        b = buf_heap(1000);
	struct sio_packet p;

	for (size_t i = 0; i < COUNT_OF(raw); i++) {
		cr_assert(reads(raw[i], &p), "%s", raw[i]);
		buf_reset(&b);
		sio_packet_write(&b, &p);
		cr_assert(text_is(buf_as_text(&b), raw[i]), "%s", raw[i]);
	}
	buf_free(&b);
}
