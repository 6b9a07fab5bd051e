/* Digests, keys and sealing against published vectors. */
#include "common/core/text.h"
#include "common/token/digest.h"
#include <criterion/criterion.h>
#include <string.h>

static const char *
hex(const uint8_t *at, size_t len)
{
	static char out[256];

	cr_assert(text_to_hex((struct text){ (const char *)at, len }, out, sizeof(out)));
	return out;
}

static struct text
repeated(char c, size_t n)
{
	static char many[256];

	memset(many, c, sizeof(many));
	return (struct text){ many, n };
}

Test(digest, sha256_of_abc_is_that_of_fips_180)
{
	uint8_t out[SHA256_BYTES];

	digest_sha256(TEXT("abc"), out);
	cr_assert_str_eq(hex(out, sizeof(out)),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha256((struct text){ NULL, 0 }, out);
	cr_assert_str_eq(hex(out, sizeof(out)),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(digest, hmac_holds_the_vectors_of_rfc_4231)
{
	uint8_t out[SHA256_BYTES];

	digest_hmac(repeated(0x0b, 20), TEXT("Hi There"), out);
	cr_assert_str_eq(hex(out, sizeof(out)),
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	digest_hmac(TEXT("Jefe"), TEXT("what do ya want for nothing?"), out);
	cr_assert_str_eq(hex(out, sizeof(out)),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	digest_hmac(repeated((char)0xaa, 131), TEXT("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	cr_assert_str_eq(hex(out, sizeof(out)),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

Test(digest, hmac_with_an_empty_key_does_not_reuse_the_last_one)
{
	uint8_t first[SHA256_BYTES], second[SHA256_BYTES];

	digest_hmac((struct text){ NULL, 0 }, TEXT(""), first);
	cr_assert_str_eq(hex(first, sizeof(first)),
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	digest_hmac(TEXT("another key"), TEXT(""), second);
	digest_hmac((struct text){ NULL, 0 }, TEXT(""), second);
	cr_assert_arr_eq(first, second, sizeof(first));
}

Test(digest, hkdf_holds_the_saltless_vector_of_rfc_5869)
{
	struct key256 out;

	digest_hkdf(repeated(0x0b, 22), TEXT(""), &out);
	cr_assert_str_eq(hex(out.b, sizeof(out.b)),
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

Test(digest, hkdf_info_separates_keys_as_extract_and_expand_by_hand_do)
{
	uint8_t       prk[SHA256_BYTES], wanted[SHA256_BYTES];
	struct key256 out;

	digest_hmac(repeated(0, 32), TEXT("a master secret"), prk);
	digest_hmac((struct text){ (const char *)prk, sizeof(prk) }, TEXT("commerce\x01"), wanted);
	digest_hkdf(TEXT("a master secret"), TEXT("commerce"), &out);
	cr_assert_arr_eq(out.b, wanted, sizeof(wanted));
}

Test(digest, same_tells_equal_from_different_at_any_place_and_length)
{
	cr_assert(digest_same(TEXT("abcd"), TEXT("abcd")));
	cr_assert(digest_same((struct text){ NULL, 0 }, TEXT("")));
	cr_assert_not(digest_same(TEXT("abcd"), TEXT("bbcd")));
	cr_assert_not(digest_same(TEXT("abcd"), TEXT("abce")));
	cr_assert_not(digest_same(TEXT("abcd"), TEXT("abc")));
}

Test(seal, opens_the_gcm_vector_with_a_256_bit_key)
{
	static const uint8_t sealed[12 + 16 + 16] = { [12] =
		0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
		0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19 };
	struct arena  *mem = arena_open(1 << 16);
	struct key256  key = { { 0 } };
	struct text    plain;

	cr_assert(unseal(mem, &key, TEXT(""), (struct text){ (const char *)sealed, sizeof(sealed) }, &plain));
	cr_assert(text_eq(plain, repeated(0, 16)));
	arena_close(&mem);
}

Test(seal, what_was_sealed_opens_only_with_its_key_its_place_and_untouched)
{
	struct arena  *mem = arena_open(1 << 18);
	struct key256  key = { { 1 } }, other = { { 2 } };
	struct text    sealed = seal(mem, &key, TEXT("verification/1"), TEXT("123456")), plain;

	cr_assert_eq(sealed.len, 12 + 6 + 16);
	cr_assert(unseal(mem, &key, TEXT("verification/1"), sealed, &plain));
	cr_assert(text_is(plain, "123456"));
	cr_assert_not(unseal(mem, &other, TEXT("verification/1"), sealed, &plain));
	cr_assert_not(unseal(mem, &key, TEXT("verification/2"), sealed, &plain));
	for (size_t i = 0; i < sealed.len; i++) {
		struct text bent = arena_copy(mem, sealed);
		char        byte[1] = { (char)(bent.at[i] ^ 1) };
		char       *at = arena_zero(mem, bent.len, 1);

		memcpy(at, bent.at, bent.len);
		at[i] = byte[0];
		cr_assert_not(unseal(mem, &key, TEXT("verification/1"), (struct text){ at, bent.len }, &plain));
	}
	for (size_t n = 0; n < sealed.len; n++)
		cr_assert_not(unseal(mem, &key, TEXT("verification/1"), (struct text){ sealed.at, n }, &plain));
	arena_close(&mem);
}

Test(seal, the_same_text_is_never_sealed_the_same_way_twice)
{
	struct arena  *mem = arena_open(1 << 16);
	struct key256  key = { { 1 } };
	struct text    empty = seal(mem, &key, TEXT(""), TEXT("")), plain;

	cr_assert_not(text_eq(seal(mem, &key, TEXT(""), TEXT("x")), seal(mem, &key, TEXT(""), TEXT("x"))));
	cr_assert(unseal(mem, &key, TEXT(""), empty, &plain));
	cr_assert_eq(plain.len, 0);
	arena_close(&mem);
}
