// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which format a collector likes best: the Accept header (RFC 9110, 12.5.1). Of the ranges that a format
 * is in, the most specific one says its quality.
 */
#include "daemon/serve/http-accept.h"
#include "daemon/serve/openmetrics.h"

/**
 * struct wish - how much a format is liked
 * @specific: how closely the range names it that @quality is of: from 4, with its version, to 1, as
 *	anything; 0: no range has it
 * @quality: in thousandths
 */
struct wish {
	int specific;
	int quality;
};

/* How closely a range names a format; 0: the format is not in it. */
static int specific(const struct http_choice *range, const char *type, const char *family,
		    bool (*is_version)(const struct http_piece *version))
{
	struct http_piece version;

	if (http_piece_is(&range->name, type)) {
		if (!http_accept_parameter(range, "version", &version))
			return 3;
		return is_version(&version) ? 4 : 0;
	}
	if (http_piece_is(&range->name, family))
		return 2;
	return http_piece_is(&range->name, "*/*");
}

/* Readers of the draft read 1.0.0, too. */
static bool is_openmetrics_version(const struct http_piece *version)
{
	return http_piece_is(version, "1.0.0") || http_piece_is(version, "0.0.1");
}

static bool is_prometheus_version(const struct http_piece *version)
{
	return http_piece_is(version, "0.0.4");
}

static void weigh(struct wish *wish, int how_specific, int quality)
{
	if (!how_specific || how_specific < wish->specific ||
	    (how_specific == wish->specific && quality <= wish->quality))
		return;
	*wish = (struct wish){ how_specific, quality };
}

enum openmetrics_format openmetrics_negotiate(const char *accept)
{
	struct wish openmetrics = { 0 }, prometheus = { 0 };
	struct http_piece list = http_accept_list(accept);
	struct http_choice range;

	while (http_accept_next(&list, &range)) {
		weigh(&openmetrics,
		      specific(&range, "application/openmetrics-text", "application/*",
			       is_openmetrics_version),
		      range.quality);
		weigh(&prometheus, specific(&range, "text/plain", "text/*", is_prometheus_version),
		      range.quality);
	}
	/* Who takes anything is given what everybody reads. */
	if (openmetrics.quality == prometheus.quality)
		return openmetrics.quality && openmetrics.specific > 1 ? OPENMETRICS_TEXT
								       : OPENMETRICS_PROMETHEUS;
	return openmetrics.quality > prometheus.quality ? OPENMETRICS_TEXT : OPENMETRICS_PROMETHEUS;
}
