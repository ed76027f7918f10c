// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processor limits as people write them: "25%" of one CPU, "1.5" CPUs, "unlimited". Exact: decimal
 * digits are shifted, nothing is computed in floating point, and what would need rounding is
 * refused.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/model/definition.h"
#include "daemon/util/text.h"
#include "kvrm/cpumax.h"

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
 * cpu_limit_parse() - read a processor limit
 * @text: "25%", "1.5" or "unlimited"
 * @ret_us: µs of CPU time per second; 0: unlimited
 * @ret_error: sentence
 *
 * Return: 0 or a negative errno; see definition.h.
 */
int cpu_limit_parse(const char *text, uint64_t *ret_us, char **ret_error)
{
	size_t len = strlen(text);
	bool percent = len > 0 && text[len - 1] == '%';
	uint64_t us;

	if (!strcmp(text, "unlimited")) {
		*ret_us = 0;
		return 0;
	}
	if (parse_decimal(text, len - percent, percent ? 4 : 6, &us))
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: '%s' is not a share of one CPU (25%%), a number of "
				  "CPUs (1.5) or unlimited, in steps of 0.0001%%",
				  text);
	if (!us)
		return text_error(ret_error, -EINVAL,
				  "cpu-limit: '%s' is below 1%% of one CPU (or say unlimited)",
				  text);
	*ret_us = us;
	return definition_check_limit(us, 0, ret_error);
}

/**
 * cpu_limit_format() - write a processor limit
 * @limit_us: µs of CPU time per second; 0: unlimited
 * @buf: receives what cpu_limit_parse() reads as the same limit
 * @size: of @buf; 32 is enough
 */
void cpu_limit_format(uint64_t limit_us, char *buf, size_t size)
{
	char fraction[8];
	size_t len;

	if (!limit_us) {
		snprintf(buf, size, "unlimited");
		return;
	}
	snprintf(fraction, sizeof(fraction), ".%04u", (unsigned int)(limit_us % 10000));
	for (len = strlen(fraction); len > 0 && strchr("0.", fraction[len - 1]); len--) {
		bool point = fraction[len - 1] == '.';

		fraction[len - 1] = '\0';
		if (point)
			break;
	}
	snprintf(buf, size, "%" PRIu64 "%s%%", limit_us / 10000, fraction);
}
