// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of the host as URIs (RFC 8089), which is what HostResource has.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/profile/setting.h"
#include "daemon/util/text.h"

#define SCHEME "file://"
/* What a path has without being encoded (RFC 3986, pchar). */
#define PLAIN "-._~!$&'()*+,;=:@/"

/**
 * profile_file_uri() - a file as a URI
 * @path: absolute
 *
 * Return: to be freed; NULL: no memory.
 */
char *profile_file_uri(const char *path)
{
	char *uri = malloc(strlen(SCHEME) + 3 * strlen(path) + 1), *to = uri;

	if (!uri)
		return NULL;
	to = stpcpy(to, SCHEME);
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (isalnum(c) || strchr(PLAIN, c))
			*to++ = *path;
		else
			to += sprintf(to, "%%%02X", c);
	}
	*to = '\0';
	return uri;
}

/**
 * profile_uri_file() - the file that a URI names
 * @uri: of a file of this host, or its absolute path as it is
 *
 * Return: absolute path, to be freed; NULL: it is neither, or there is no memory.
 */
char *profile_uri_file(const char *uri)
{
	char *path, *to;
	unsigned int byte;

	if (*uri == '/')
		return strdup(uri);
	if (strncasecmp(uri, SCHEME, strlen(SCHEME)) || uri[strlen(SCHEME)] != '/')
		return NULL;
	uri += strlen(SCHEME);
	path = malloc(strlen(uri) + 1);
	for (to = path; path && *uri; uri++) {
		if (*uri != '%') {
			*to++ = *uri;
			continue;
		}
		if (!isxdigit((unsigned char)uri[1]) || !isxdigit((unsigned char)uri[2]) ||
		    sscanf(uri + 1, "%2x", &byte) != 1 || !byte) {
			free(path);
			return NULL;
		}
		*to++ = (char)byte;
		uri += 2;
	}
	if (!path)
		return NULL;
	*to = '\0';
	/* Like all texts; others cannot be told of again. */
	if (text_is_utf8(path, strlen(path)))
		return path;
	free(path);
	return NULL;
}
