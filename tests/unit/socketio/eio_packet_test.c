/* The Engine.IO codec. */
#include "common/core/text.h"
#include "common/socketio/eio_packet.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SENTENCE(id, says) Test(eio_packet, id, .description = says)

static struct text
bytes(const char *c_string)
{
	return text_of(c_string);
}

SENTENCE(types, "a packet is a type digit and its data")
{
	struct eio_packet p;

	for (int i = 0; i <= 6; i++) {
		char raw[] = { (char)('0' + i), 'x', '\0' };

		cr_assert(eio_packet_read(bytes(raw), &p));
		cr_assert_eq((int)p.type, i);
		cr_assert(text_is(p.data, "x") && !p.binary);
	}
}

SENTENCE(not_types, "anything else in the place of the type is refused")
{
	static const char *const bad[] = { "", "7", "9x", "b", "a", " 4", "\x1e" };
	struct eio_packet        p;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(eio_packet_read(bytes(bad[i]), &p), "%s", bad[i]);
	cr_assert_not(eio_packet_read((struct text){ "\0", 1 }, &p));
}

SENTENCE(payload, "a payload is packets with 0x1e between, binary ones begin with b")
{
	struct text       rest = bytes("4hello\x1e" "bAQID\x1e" "2");
	struct eio_packet p;

	cr_assert(eio_payload_next(&rest, &p) && p.type == EIO_MESSAGE && text_is(p.data, "hello"));
	cr_assert(eio_payload_next(&rest, &p) && p.binary && text_is(p.data, "AQID"));
	cr_assert(rest.at != NULL);
	cr_assert(eio_payload_next(&rest, &p) && p.type == EIO_PING && p.data.len == 0);
	cr_assert_null(rest.at);
}

SENTENCE(payload_holes, "an empty packet in a payload is refused")
{
	static const char *const bad[] = { "", "\x1e", "4a\x1e", "\x1e" "4a", "4a\x1e\x1e" "4b" };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct text       rest = bytes(bad[i]);
		struct eio_packet p;
		bool              ok;

		do
			ok = eio_payload_next(&rest, &p);
		while (ok && rest.at != NULL);
		cr_assert_not(ok);
	}
}

static bool
decodes(const char *base64, const char *to)
{
	char   out[64];
	size_t len = 0;

	return eio_base64_read(bytes(base64), out, &len) && text_is((struct text){ out, len }, to);
}

SENTENCE(base64, "base64 is read with its padding")
{
	cr_assert(decodes("", ""));
	cr_assert(decodes("Zg==", "f"));
	cr_assert(decodes("Zm8=", "fo"));
	cr_assert(decodes("Zm9v", "foo"));
	cr_assert(decodes("Zm9vYmFy", "foobar"));
}

SENTENCE(base64_bad, "base64 of a wrong length, letter or padding is refused")
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "====", "=", "Z===", "Zh==", "Zm9=", "Zg==Zg==",
		"Z-8=", "Zm9v\n", "Zm 9", "Zm9vZ" };
	char   out[64];
	size_t len;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(eio_base64_read(bytes(bad[i]), out, &len), "%s", bad[i]);
}

SENTENCE(base64_all, "every byte survives base64")
{
	char       all[256], back[260];
	size_t     len;
	struct buf b = buf_heap(1024);

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (size_t n = 0; n <= sizeof(all); n++) {
		buf_reset(&b);
		eio_base64_write(&b, (struct text){ all, n });
		cr_assert(eio_base64_read(buf_as_text(&b), back, &len));
		cr_assert(text_eq((struct text){ back, len }, (struct text){ all, n }));
	}
	buf_free(&b);
}

SENTENCE(open, "the open packet has exactly the keys of the protocol")
{
	struct buf b = buf_heap(512);

	eio_open_write(&b, &(struct eio_open){ "abc", true, 25000, 20000, 1000000 });
	cr_assert(text_is(buf_as_text(&b), "0{\"sid\":\"abc\",\"upgrades\":[\"websocket\"],"
	    "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"));
	buf_reset(&b);
	eio_open_write(&b, &(struct eio_open){ "abc", false, 1, 2, 3 });
	cr_assert(text_is(buf_as_text(&b), "0{\"sid\":\"abc\",\"upgrades\":[],"
	    "\"pingInterval\":1,\"pingTimeout\":2,\"maxPayload\":3}"));
	buf_free(&b);
}

SENTENCE(refusals, "a refusal is its code and its words")
{
	struct buf b = buf_heap(512);

	eio_refusal_write(&b, EIO_SESSION_UNKNOWN);
	cr_assert(text_is(buf_as_text(&b), "{\"code\":1,\"message\":\"Session ID unknown\"}"));
	buf_free(&b);
}

static enum eio_refusal
ask(const char *transport, const char *eio, const char *sid, bool get, bool upgrade)
{
	return eio_request_check(&(struct eio_request){ .transport = bytes(transport), .eio = bytes(eio),
	    .sid = bytes(sid), .is_get = get, .is_upgrade = upgrade });
}

SENTENCE(handshakes, "a handshake needs a transport, a GET and version 4, and is checked in that order")
{
	cr_assert_eq(ask("polling", "4", "", true, false), EIO_ALLOWED);
	cr_assert_eq(ask("websocket", "4", "", true, true), EIO_ALLOWED);
	cr_assert_eq(ask("", "4", "", true, false), EIO_TRANSPORT_UNKNOWN);
	cr_assert_eq(ask("constructor", "9", "", false, false), EIO_TRANSPORT_UNKNOWN);
	cr_assert_eq(ask("websocket", "4", "", true, false), EIO_BAD_REQUEST);
	cr_assert_eq(ask("polling", "4", "", true, true), EIO_BAD_REQUEST);
	cr_assert_eq(ask("polling", "3", "", false, false), EIO_BAD_METHOD);
	cr_assert_eq(ask("polling", "3", "", true, false), EIO_BAD_VERSION);
	cr_assert_eq(ask("polling", "", "", true, false), EIO_BAD_VERSION);
}

SENTENCE(sessions, "a request for a session must use its transport, unless it is an upgrade")
{
	struct eio_request r = { .transport = TEXT("polling"), .sid = TEXT("s"), .is_get = true };

	cr_assert_eq(eio_request_check(&r), EIO_SESSION_UNKNOWN);
	r.session_known = true;
	r.session_transport = EIO_POLLING;
	cr_assert_eq(eio_request_check(&r), EIO_ALLOWED);
	r.is_get = false;
	cr_assert_eq(eio_request_check(&r), EIO_ALLOWED);
	r.session_transport = EIO_WEBSOCKET;
	cr_assert_eq(eio_request_check(&r), EIO_BAD_REQUEST);
	r = (struct eio_request){ .transport = TEXT("websocket"), .sid = TEXT("s"), .is_get = true,
		.is_upgrade = true, .session_known = true, .session_transport = EIO_POLLING };
	cr_assert_eq(eio_request_check(&r), EIO_ALLOWED);
}
