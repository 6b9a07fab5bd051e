/* A picture's way: announced, put into the object storage by its link, named, made small by a process of its own; and
 * pictures that mean ill, links that are bent, a service that dies in the middle. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"
#include "tests/scenario/pictures/pictures.h"

enum { MADE_MS = 30000, ANSWER_MS = 10000 };

static struct suite *s;
static struct play *p;
static const char *product;

static void
begin(void)
{
	s = suite_start(0);
	p = play_new(s, 1);
	seller_enter(p);
	product = text_in(want(201, kit_http(s, "POST", "/api/products", "{\"name\":\"두레 머그컵\",\"priceKrw\":1000,\"stock\":1,"
	    "\"categoryId\":\"" GOODS "\"}", as(&p->seller), key(p, "product"))), "id");
}

static void
end(void)
{
	play_close(&p);
	suite_close(&s);
}

TestSuite(picture, .init = begin, .fini = end, .timeout = 180);

static struct kit_reply
announce(const char *type, size_t size)
{
	return kit_http(s, "POST", kit_print("/api/products/%s/image-uploads", product),
	    kit_print("{\"contentType\":\"%s\",\"sizeBytes\":%zu}", type, size), as(&p->seller));
}

/* The status line's number that the storage answers. */
static int
put(const char *url, const char *type, struct picture picture)
{
	const char *path = strchr(strstr(url, "://") + 3, '/'), *answer;
	struct kit_raw *raw = kit_raw_open(suite_port(s, "sandbox", "http"));

	kit_raw_text(raw, kit_print("PUT %s HTTP/1.1\r\nHost: %.*s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n", path, (int)(path - strstr(url, "://") - 3), strstr(url, "://") + 3, type, picture.n));
	kit_raw_send(raw, picture.at, picture.n);
	answer = kit_raw_read(raw, NULL, ANSWER_MS);
	kit_raw_close(&raw);
	cr_assert_gt(strlen(answer), strlen("HTTP/1.1 200"), "%s", answer);
	return atoi(answer + strlen("HTTP/1.1 "));
}

static struct kit_reply
name(const char *image)
{
	return kit_http(s, "PUT", kit_print("/api/products/%s/image", product), kit_print("{\"imageId\":\"%s\"}", image),
	    as(&p->seller));
}

static struct kit_reply
read_product(void)
{
	return kit_http(s, "GET", kit_print("/api/products/%s", product), NULL, as(&p->seller));
}

/* Uploaded and named; the image's id. */
static const char *
offer(const char *type, struct picture picture)
{
	struct kit_reply r = want(201, announce(type, picture.n));
	const char *image = text_in(r, "imageId");

	cr_assert_eq(put(text_in(r, "url"), type, picture), 200);
	r = want(200, name(image));
	cr_assert_str_eq(text_in(r, "image.state"), "processing");
	return image;
}

static bool
settled(const char *image)
{
	struct kit_reply r = read_product();

	return r.status == 200 && strcmp(text_in(r, "image.id"), image) == 0 &&
	    strcmp(text_in(r, "image.state"), "processing") != 0;
}

static void
becomes_ready(const char *type, struct picture picture)
{
	const char *image = offer(type, picture);
	struct kit_reply r, thumbnail;

	kit_until(MADE_MS, settled(image));
	r = read_product();
	cr_assert_str_eq(text_in(r, "image.state"), "ready", "%s: %s", type, r.body);
	cr_assert_eq(kit_http(s, "GET", text_in(r, "image.url"), NULL).length, picture.n);
	thumbnail = kit_http(s, "GET", text_in(r, "image.thumbnailUrl"), NULL);
	cr_assert_eq(thumbnail.status, 200);
	cr_assert_str_eq(kit_header(&thumbnail, "Content-Type"), "image/webp");
	cr_assert(thumbnail.length > 20 && memcmp(thumbnail.body, "RIFF", 4) == 0 && memcmp(thumbnail.body + 8, "WEBP", 4) == 0);
	cr_assert_eq(kit_http(s, "GET", kit_print("/api/products/%s", product), NULL, as(&p->seller),
	    kit_print("If-None-Match: %s", kit_header(&r, "ETag"))).status, 304);
}

static void
is_refused(const char *type, struct picture picture, const char *reason)
{
	const char *image = offer(type, picture);
	struct kit_reply r;

	kit_until(MADE_MS, settled(image));
	r = read_product();
	cr_expect_str_eq(text_in(r, "image.state"), "refused", "%s: %s", reason, r.body);
	cr_expect_str_eq(text_in(r, "image.reason"), reason);
	cr_expect_null(kit_json_text(r.body, "image.url"));
}

Test(picture, good_ones_get_thumbnails_and_bad_ones_a_reason)
{
	becomes_ready("image/png", picture_png);
	becomes_ready("image/jpeg", picture_jpeg);
	becomes_ready("image/webp", picture_webp);
	is_refused("image/png", picture_bomb, "too_many_pixels");
	is_refused("image/jpeg", picture_gif, "not_an_image");
	is_refused("image/png", (struct picture){ picture_png.at, picture_png.n / 2 }, "broken");
	cr_assert_str_eq(suite_sql(s, "commerce", "SELECT count(*) FROM jobs WHERE kind = 'image_thumbnail'"), "0");
	cr_assert_str_eq(suite_sql(s, "commerce", "SELECT count(*) FROM outbox WHERE type = 'product.changed'"), "12");
}

Test(picture, a_link_takes_only_what_was_announced_and_only_for_a_while)
{
	struct kit_reply r = want(201, announce("image/png", picture_png.n));
	const char *url = text_in(r, "url"), *image = text_in(r, "imageId");

	want_problem(400, "request.invalid", announce("image/gif", 100));
	want_problem(400, "request.invalid", announce("image/png", (10 << 20) + 1));
	want_problem(422, "image.not_uploaded", name(image));
	cr_expect_eq(put(url, "image/jpeg", picture_png), 403);
	cr_expect_eq(put(url, "image/png", (struct picture){ picture_png.at, picture_png.n - 1 }), 403);
	cr_expect_eq(put(kit_print("%s0", url), "image/png", picture_png), 403);
	want_problem(422, "image.not_uploaded", name(image));
	cr_expect_eq(put(url, "image/png", picture_png), 200);
	want(200, name(image));
	cr_expect_geq(kit_json_i64(want(200, name(image)).body, "version"), 2);
	want(401, kit_http(s, "POST", kit_print("/api/products/%s/image-uploads", product),
	    "{\"contentType\":\"image/png\",\"sizeBytes\":1}"));
	suite_clock(s, 601);
	cr_expect_eq(put(url, "image/png", picture_png), 403);
}

/* Killed where the thumbnail is made or already stored: the job is taken up again and comes to the same end. */
Test(picture, a_service_that_dies_over_it_finishes_it_later)
{
	static const char *const points[] = { "image.made", "image.stored" };

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		const char *image;

		suite_fault(s, "commerce", kit_print("%s=kill", points[i]));
		image = offer("image/png", picture_png);
		kit_until(MADE_MS, suite_ended(s, "commerce"));
		suite_fault(s, "commerce", "");
		suite_restart(s, "commerce");
		suite_wait_ready(s, "commerce");
		suite_clock(s, 120 * (int64_t)(i + 1));
		kit_until(MADE_MS, settled(image));
		cr_assert_str_eq(text_in(read_product(), "image.state"), "ready");
	}
}
