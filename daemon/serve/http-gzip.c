// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers that are compressed; see http-gzip.h.
 */
#include <errno.h>
#include <limits.h>
#include <zlib.h>

#include "daemon/serve/http-accept.h"
#include "daemon/serve/http-gzip.h"
#include "daemon/util/cleanup.h"

/* Metrics repeat themselves so much that this one yields most of what a better one would. */
#define LEVEL Z_BEST_SPEED

/* zlib's way to be asked for gzip's header. */
#define GZIP_WINDOW (MAX_WBITS + 16)

/* What memLevel is by default. */
#define MEMORY_LEVEL 8

bool http_wants_gzip(const char *accept_encoding)
{
	/* In thousandths; -1: not named. What is not named is refused, but for no coding at all. */
	int gzip = -1, identity = -1, any = -1;
	struct http_piece list = http_accept_list(accept_encoding);
	struct http_choice coding;

	while (http_accept_next(&list, &coding)) {
		if (http_piece_is(&coding.name, "gzip") || http_piece_is(&coding.name, "x-gzip"))
			gzip = coding.quality;
		else if (http_piece_is(&coding.name, "identity"))
			identity = coding.quality;
		else if (http_piece_is(&coding.name, "*"))
			any = coding.quality;
	}
	if (gzip < 0)
		gzip = any;
	return gzip > 0 && gzip >= identity;
}

static void deflate_endp(z_stream *stream)
{
	deflateEnd(stream);
}

int http_gzip(const char *data, size_t size, char **ret, size_t *ret_size)
{
	_cleanup_(deflate_endp)
		z_stream stream = { .next_in = (z_const Bytef *)data, .avail_in = (uInt)size };
	_cleanup_free_ char *out = NULL;
	size_t bound;

	/* More than zlib counts in one go would not be sent anyway. */
	if (size > UINT_MAX / 2 || deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW,
						MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	bound = deflateBound(&stream, size);
	out = malloc(bound);
	if (!out)
		return -ENOMEM;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (uInt)bound;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		return -ENOMEM;
	*ret_size = stream.total_out;
	*ret = TAKE_PTR(out);
	return 0;
}
