// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts: numbers and sizes read exactly, names and UUIDs checked, foreign bytes made fit to be
 * shown, error sentences made.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/util/text.h"

/**
 * text_error() - make an error's sentence
 * @ret_error: receives the sentence, to be freed; NULL if nobody wants it; what was there is lost
 * @err: negative errno
 * @format: as printf's
 *
 * Return: @err, or -ENOMEM if there is no memory for the sentence.
 */
int text_error(char **ret_error, int err, const char *format, ...)
{
	char *sentence = NULL;
	va_list args;
	int len;

	if (!ret_error)
		return err;
	va_start(args, format);
	len = vasprintf(&sentence, format, args);
	va_end(args);
	*ret_error = len < 0 ? NULL : sentence;
	return len < 0 ? -ENOMEM : err;
}

/**
 * text_to_u64() - a decimal number, digits only
 * @text: the whole text
 * @ret_value: the number
 *
 * Return: 0, -EINVAL if it is none, -ERANGE if it does not fit.
 */
int text_to_u64(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

/**
 * text_to_bytes() - a size: a number, optionally followed by K, M, G or T (powers of 1024)
 * @text: the whole text
 * @ret_bytes: the size
 *
 * Return: 0, -EINVAL if it is none, -ERANGE if it does not fit.
 */
int text_to_bytes(const char *text, uint64_t *ret_bytes)
{
	static const char suffixes[] = "KMGT";
	size_t len = strlen(text);
	const char *suffix = len ? strchr(suffixes, text[len - 1]) : NULL;
	char digits[32];
	uint64_t value;
	int r;

	if (len >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, len + 1);
	if (suffix)
		digits[len - 1] = '\0';
	r = text_to_u64(digits, &value);
	if (r)
		return r;
	if (suffix &&
	    __builtin_mul_overflow(value, UINT64_C(1) << (10 * (suffix - suffixes + 1)), &value))
		return -ERANGE;
	*ret_bytes = value;
	return 0;
}

/* "12.5" with 6 decimals is 12500000. */
static int parse_decimal(const char *text, size_t len, int decimals, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool point = false, digit = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)text[i]))
			return -EINVAL;
		digit = true;
		if (point && decimals == 0) {
			if (text[i] != '0')
				return -EINVAL;
			continue;
		}
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, text[i] - '0', &value))
			return -EINVAL;
		decimals -= point;
	}
	for (; decimals > 0; decimals--) {
		if (__builtin_mul_overflow(value, 10, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return digit ? 0 : -EINVAL;
}

/**
 * text_to_cpu_us() - a part of the processors: "25%" of one CPU, or "1.5" CPUs
 * @text: the whole text
 * @ret_us: µs of CPU time per second
 *
 * Exact: decimal digits are shifted, nothing is computed in floating point.
 *
 * Return: 0, or -EINVAL if it is none, would need rounding or does not fit.
 */
int text_to_cpu_us(const char *text, uint64_t *ret_us)
{
	size_t len = strlen(text);
	bool percent = len > 0 && text[len - 1] == '%';

	return parse_decimal(text, len - percent, percent ? 4 : 6, ret_us);
}

/**
 * text_to_multiple() - a decimal number, of up to six places, times a unit, exactly: "1.5" of 1000
 * @text: what to read
 * @length: bytes of it
 * @unit: what one is
 * @ret_value: the product
 *
 * Return: 0, or -EINVAL if it is no number, no whole product or does not fit.
 */
int text_to_multiple(const char *text, size_t length, uint64_t unit, uint64_t *ret_value)
{
	const uint64_t scale = 1000000;
	uint64_t scaled, whole, part;

	if (parse_decimal(text, length, 6, &scaled) ||
	    __builtin_mul_overflow(scaled / scale, unit, &whole) ||
	    __builtin_mul_overflow(scaled % scale, unit, &part) || part % scale ||
	    __builtin_add_overflow(whole, part / scale, ret_value))
		return -EINVAL;
	return 0;
}

/* The character that begins a text, RFC 3629. Return: its bytes; 0: what begins it is none. */
static size_t read_character(const char *text, size_t length, uint32_t *ret_point)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)text[0];
	unsigned int more = first < 0x80	     ? 0
			    : (first & 0xe0) == 0xc0 ? 1
			    : (first & 0xf0) == 0xe0 ? 2
			    : (first & 0xf8) == 0xf0 ? 3
						     : 4;
	uint32_t point = more ? first & (0x3f >> more) : first;

	if (more > 3 || more >= length)
		return 0;
	for (unsigned int i = 1; i <= more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < smallest[more] || point > 0x10ffff || (point & ~0x7ffu) == 0xd800)
		return 0;
	*ret_point = point;
	return more + 1;
}

/**
 * text_is_utf8() - whether bytes are UTF-8 (RFC 3629): no overlong forms, surrogates or cut
 * characters
 * @text: what to check; may contain NUL
 * @length: bytes
 *
 * Return: true if so.
 */
bool text_is_utf8(const char *text, size_t length)
{
	uint32_t point;
	size_t n;

	for (size_t i = 0; i < length; i += n) {
		n = read_character(text + i, length - i, &point);
		if (!n)
			return false;
	}
	return true;
}

/* Those of ASCII and of Latin 1: a terminal obeys them. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

/**
 * text_is_clean() - whether a text can be shown: it is UTF-8 and has no control characters
 * @text: what to check
 *
 * Return: true if so.
 */
bool text_is_clean(const char *text)
{
	size_t length = strlen(text), n;
	uint32_t point;

	for (size_t i = 0; i < length; i += n) {
		n = read_character(text + i, length - i, &point);
		if (!n || is_control(point))
			return false;
	}
	return true;
}

/**
 * text_clean() - make foreign bytes a text that can be shown, in place
 * @text: each byte of what is no character, or is a control character, becomes "?"; a tabulator
 *	becomes a blank
 * @length: bytes
 */
void text_clean(char *text, size_t length)
{
	uint32_t point;
	size_t n;

	for (size_t i = 0; i < length; i += n) {
		n = read_character(text + i, length - i, &point);
		if (n && !is_control(point))
			continue;
		text[i] = text[i] == '\t' ? ' ' : '?';
		n = 1;
	}
}

/**
 * text_copy() - copy a text; of one that is too long as many whole characters as there is room
 * for
 * @buffer: receives it
 * @size: of @buffer, at least 1
 * @text: UTF-8; not in @buffer
 */
void text_copy(char *buffer, size_t size, const char *text)
{
	size_t length = strnlen(text, size);

	if (length == size) {
		length--;
		while (length && (text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(buffer, text, length);
	buffer[length] = '\0';
}

/**
 * text_is_uuid() - whether a text has the form 8-4-4-4-12 of hexadecimal digits
 * @text: what to check
 *
 * Return: true if so.
 */
bool text_is_uuid(const char *text)
{
	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/**
 * text_is_name() - whether a text is a name: letters, digits, ".", "_", "-", the first not one of
 * these
 * @text: what to check
 * @max: longest allowed, in bytes
 *
 * Return: true if so.
 */
bool text_is_name(const char *text, size_t max)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(text);

	return len > 0 && len <= max && isalnum((unsigned char)text[0]) &&
	       strspn(text, alphabet) == len;
}

/**
 * text_uuid_new() - a random UUID (RFC 9562, version 4)
 * @uuid: receives the text
 */
void text_uuid_new(char uuid[static 37])
{
	uint8_t bytes[16];

	/* Cannot fail or be short for 16 bytes once the kernel's generator is ready. */
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	text_uuid_from_bytes(bytes, uuid);
}

/**
 * text_uuid_to_bytes() - a UUID's bytes in the order they are written
 * @uuid: text
 * @bytes: receives them
 *
 * Return: 0, or -EINVAL if it is no UUID.
 */
int text_uuid_to_bytes(const char *uuid, uint8_t bytes[static 16])
{
	if (!text_is_uuid(uuid))
		return -EINVAL;
	for (int i = 0; i < 16; i++) {
		char pair[3];

		uuid += *uuid == '-';
		memcpy(pair, uuid, 2);
		pair[2] = '\0';
		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		uuid += 2;
	}
	return 0;
}

/**
 * text_uuid_from_bytes() - a UUID's text, in lower case
 * @bytes: in the order they are written
 * @uuid: receives the text
 */
void text_uuid_from_bytes(const uint8_t bytes[static 16], char uuid[static 37])
{
	char *at = uuid;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at += sprintf(at, "%02x", bytes[i]);
	}
}
