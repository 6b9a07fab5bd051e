/* How long bodies and events take to read and write, ours and the bare libraries' on the same bytes.
 *
 *   codec json|jansson|pack|msgpack <seconds>
 *
 * json reads the body of an order into its struct with every check of the contract, jansson only parses it and frees it
 * again. pack writes and reads an order.placed with its checks, msgpack writes the same map from texts that are ready and
 * unpacks it into objects. */
#include <jansson.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "tests/bench/kit/kit.h"

enum { CHUNK = 256 };

static const char body[] = "{\"lines\":[{\"productId\":\"01926f00-0000-7000-8000-000000000001\",\"quantity\":2},"
	"{\"productId\":\"01926f00-0000-7000-8000-000000000002\",\"quantity\":1},"
	"{\"productId\":\"01926f00-0000-7000-8000-000000000003\",\"quantity\":12}],"
	"\"registeredCouponId\":\"01926f00-0000-7000-8000-00000000c0de\",\"recipient\":\"\xea\xb9\x80\xeb\x91\x90\xeb\xa0\x88\","
	"\"phone\":\"010-1234-5678\",\"postalCode\":\"04524\",\"address\":\"\xec\x84\xb8\xec\xa2\x85\xeb\x8c\x80\xeb\xa1\x9c 1\","
	"\"addressDetail\":\"3F\"}";

static struct arena          *mem;
static struct order_placed_v1 placed;
static char                   ids[3][UUID_CHARS + 1];
static msgpack_sbuffer        packed;

static void
json_once(void)
{
	struct order_create_in in = { .n_lines = 0 };
	struct req rq = { .mem = mem };
	struct err_fields fs = { .rq = &rq };

	if (json_read(&rq, TEXT(body), &order_create_in_type, &in, &fs) != NULL || err_fields_done(&fs) != NULL)
		kit_die("json", "refused");
	arena_reset(mem);
}

static void
jansson_once(void)
{
	json_t *tree = json_loadb(body, sizeof(body) - 1, JSON_REJECT_DUPLICATES, NULL);

	if (tree == NULL)
		kit_die("jansson", "refused");
	json_decref(tree);
}

static void
pack_once(void)
{
	struct buf out = buf_in(mem, EVENT_BYTES);
	struct order_placed_v1 back = { .line_count = 0 };
	struct req rq = { .mem = mem };

	pack_write(&out, &order_placed_v1_type, &placed);
	if (out.overflow || pack_read(&rq, buf_as_text(&out), &order_placed_v1_type, &back) != NULL)
		kit_die("pack", "refused");
	arena_reset(mem);
}

static void
member(msgpack_packer *pk, const char *name, const char *value)
{
	(void)msgpack_pack_str_with_body(pk, name, strlen(name));
	(void)msgpack_pack_str_with_body(pk, value, strlen(value));
}

static void
number(msgpack_packer *pk, const char *name, int64_t value)
{
	(void)msgpack_pack_str_with_body(pk, name, strlen(name));
	(void)msgpack_pack_int64(pk, value);
}

static void
msgpack_once(void)
{
	msgpack_unpacked back;
	msgpack_packer pk;
	size_t at = 0;

	msgpack_sbuffer_clear(&packed);
	msgpack_packer_init(&pk, &packed, msgpack_sbuffer_write);
	(void)msgpack_pack_map(&pk, 12);
	member(&pk, "orderId", ids[0]);
	member(&pk, "orderNo", placed.order_no.at);
	member(&pk, "userId", ids[1]);
	member(&pk, "companyId", ids[2]);
	member(&pk, "firstProduct", placed.first_product.at);
	number(&pk, "lineCount", placed.line_count);
	number(&pk, "totalKrw", placed.total_krw);
	number(&pk, "discountKrw", placed.discount_krw);
	number(&pk, "paidKrw", placed.paid_krw);
	member(&pk, "recipient", placed.recipient.at);
	member(&pk, "phone", placed.phone.at);
	member(&pk, "placedAt", "2026-01-02T00:00:00.000000Z");
	msgpack_unpacked_init(&back);
	if (msgpack_unpack_next(&back, packed.data, packed.size, &at) != MSGPACK_UNPACK_SUCCESS)
		kit_die("msgpack", "refused");
	msgpack_unpacked_destroy(&back);
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*once)(void); } works[] = { { "json", json_once },
		{ "jansson", jansson_once }, { "pack", pack_once }, { "msgpack", msgpack_once } };
	size_t which = 0, done = 0;

	while (argc == 3 && which < COUNT_OF(works) && strcmp(argv[1], works[which].name) != 0)
		which++;
	if (argc != 3 || which == COUNT_OF(works))
		kit_die("usage", "json|jansson|pack|msgpack <seconds>");
	struct arena *names = arena_open(65536);
	placed = event_of(names, 12000, uuid_new());
	uuid_print(placed.order_id, ids[0]);
	uuid_print(placed.user_id, ids[1]);
	uuid_print(placed.company_id, ids[2]);
	msgpack_sbuffer_init(&packed);
	mem = arena_open(1048576);
	int64_t begun = kit_now_us(), cpu = kit_cpu_us(), end = begun + (int64_t)(atof(argv[2]) * 1e6);
	for (; kit_now_us() < end; done += CHUNK)
		for (int i = 0; i < CHUNK; i++)
			works[which].once();
	kit_report(done, kit_now_us() - begun, kit_cpu_us() - cpu, NULL, 0);
	msgpack_sbuffer_destroy(&packed);
	arena_close(&mem);
	arena_close(&names);
	return 0;
}
