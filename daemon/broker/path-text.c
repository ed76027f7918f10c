// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instance paths as text, both ways; see path.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/broker/path.h"
#include "daemon/util/text.h"

static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_key(FILE *out, const struct cim_value *key)
{
	_cleanup_free_ char *text = NULL;

	if (key->type == SCHEMA_REFERENCE) {
		text = cim_path_format(key->one.path);
		put_quoted(out, text ? text : "");
	} else if (key->type == SCHEMA_BOOLEAN) {
		fputs(key->one.boolean ? "TRUE" : "FALSE", out);
	} else if (schema_type_is_signed(key->type)) {
		fprintf(out, "%" PRId64, (int64_t)key->one.number);
	} else if (cim_type_is_integer(key->type)) {
		fprintf(out, "%" PRIu64, key->one.number);
	} else {
		put_quoted(out, key->one.text);
	}
}

/**
 * cim_path_format() - a path as text
 * @path: complete
 *
 * Return: to be freed; NULL: no memory.
 */
char *cim_path_format(const struct cim_path *path)
{
	const struct schema_class *class = path->class;
	char *text = NULL;
	size_t size, key = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "/%s:%s", cim_namespace_name(path->ns), class->name);
	for (size_t i = 0; i < class->n_properties; i++) {
		if (!(class->properties[i]->flags & SCHEMA_KEY))
			continue;
		fprintf(out, "%c%s=", key ? ',' : '.', class->properties[i]->name);
		put_key(out, &path->keys[key++]);
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/**
 * struct reader - a text that is being read
 * @at: what comes next
 * @where: what the path is of, for messages
 * @depth: references around it
 * @error: receives a message
 */
struct reader {
	const char *at;
	const char *where;
	int depth;
	struct cim_error *error;
};

static int parse_path(const char *text, enum cim_namespace ns, const char *where, int depth,
		      struct cim_path **ret, struct cim_error *error);

static int malformed(struct reader *r, const char *why)
{
	return cim_fail(r->error, CIM_MESSAGE_PATH, r->where, why);
}

/* What is between quotes, to be freed. */
static int read_quoted(struct reader *r, char **ret)
{
	char *text = malloc(strlen(r->at) + 1);
	size_t n = 0;

	if (!text)
		return cim_fail_memory(r->error);
	for (r->at++; *r->at && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && !*++r->at)
			break;
		text[n++] = *r->at;
	}
	text[n] = '\0';
	if (*r->at != '"') {
		free(text);
		return malformed(r, "a quote is not closed");
	}
	r->at++;
	*ret = text;
	return 0;
}

static int take_quoted(struct reader *r, const struct schema_property *key, enum cim_namespace ns,
		       struct cim_value *value)
{
	_cleanup_free_ char *text = NULL;
	int status = read_quoted(r, &text);

	if (status)
		return status;
	value->type = key->type;
	if (key->type == SCHEMA_REFERENCE) {
		status = parse_path(text, ns, key->name, r->depth + 1, &value->one.path, r->error);
		if (!status && !schema_class_is_a(value->one.path->class, key->target)) {
			status = cim_fail(r->error, CIM_MESSAGE_WRONG_CLASS, key->name,
					  value->one.path->class->name, key->target->name);
			cim_path_free(value->one.path);
		}
	} else if (key->type == SCHEMA_STRING || key->type == SCHEMA_DATETIME) {
		value->one.text = TAKE_PTR(text);
	} else {
		status = malformed(r, "a key in quotes is no text");
	}
	if (!status)
		value->state = CIM_VALUE;
	return status;
}

static int take_bare(struct reader *r, const struct schema_property *key, struct cim_value *value)
{
	size_t length = strcspn(r->at, ",");
	char word[32], *end;

	if (!length || length >= sizeof(word))
		return malformed(r, "a key has no value");
	memcpy(word, r->at, length);
	word[length] = '\0';
	r->at += length;
	value->type = key->type;
	if (key->type == SCHEMA_BOOLEAN) {
		value->one.boolean = !strcasecmp(word, "true");
		if (!value->one.boolean && strcasecmp(word, "false"))
			return malformed(r, "a key is neither TRUE nor FALSE");
	} else if (cim_type_is_integer(key->type)) {
		errno = 0;
		if (schema_type_is_signed(key->type)) {
			value->one.number = (uint64_t)strtoll(word, &end, 10);
			if ((int64_t)value->one.number < schema_type_min(key->type) ||
			    (int64_t)value->one.number > (int64_t)schema_type_max(key->type))
				errno = ERANGE;
		} else {
			value->one.number = strtoull(word, &end, 10);
			if (*word == '-' || value->one.number > schema_type_max(key->type))
				errno = ERANGE;
		}
		if (errno || *end)
			return malformed(r, "a key is no number of its type");
	} else {
		return malformed(r, "a key that is a text has no quotes");
	}
	value->state = CIM_VALUE;
	return 0;
}

/* NAME=VALUE */
static int read_key(struct reader *r, struct cim_path *path)
{
	size_t length = strcspn(r->at, "=,\"");
	const struct schema_property *property;
	struct cim_value *value;
	char name[128];

	if (r->at[length] != '=' || length >= sizeof(name))
		return malformed(r, "a key has no value");
	memcpy(name, r->at, length);
	name[length] = '\0';
	r->at += length + 1;
	value = cim_path_key(path, name);
	property = schema_property_find(path->class, name);
	if (!value)
		return cim_fail(r->error, CIM_MESSAGE_PATH, r->where,
				"the class has no such key as one of its keys");
	if (value->state == CIM_VALUE)
		return cim_fail(r->error, CIM_MESSAGE_TWICE, property->name);
	if (*r->at == '"')
		return take_quoted(r, property, path->ns, value);
	return take_bare(r, property, value);
}

static int read_keys(struct reader *r, struct cim_path *path)
{
	int status;

	for (;;) {
		status = read_key(r, path);
		if (status || !*r->at)
			break;
		if (*r->at != ',')
			return malformed(r, "there is something behind a key");
		r->at++;
	}
	for (size_t i = 0; !status && i < path->n; i++) {
		if (path->keys[i].state != CIM_VALUE)
			return malformed(r, "a key of the class is missing");
	}
	return status;
}

/* [/NAMESPACE:]CLASS */
static int read_class(struct reader *r, enum cim_namespace ns, struct cim_path **ret)
{
	const char *colon = strchr(r->at, ':'), *dot = strchr(r->at, '.');
	const struct schema_class *class;
	char name[128];
	size_t length;
	int status;

	if (!dot)
		return malformed(r, "there are no keys");
	if (colon && colon < dot) {
		length = (size_t)(colon - r->at);
		if (length >= sizeof(name))
			return malformed(r, "its namespace is too long");
		memcpy(name, r->at, length);
		name[length] = '\0';
		status = cim_namespace_find(name, &ns, r->error);
		if (status)
			return status;
		r->at = colon + 1;
	}
	length = (size_t)(dot - r->at);
	if (length >= sizeof(name))
		return malformed(r, "its class is too long");
	memcpy(name, r->at, length);
	name[length] = '\0';
	class = schema_class_find(name);
	if (!class)
		return cim_fail(r->error, CIM_MESSAGE_CLASS, r->where, name);
	r->at = dot + 1;
	*ret = cim_path_new(class, ns);
	if (!*ret)
		return cim_fail_memory(r->error);
	return (*ret)->n ? 0 : malformed(r, "its class has no keys");
}

static int parse_path(const char *text, enum cim_namespace ns, const char *where, int depth,
		      struct cim_path **ret, struct cim_error *error)
{
	struct reader r = { .at = text, .where = where, .depth = depth, .error = error };
	_cleanup_path_ struct cim_path *path = NULL;
	int status;

	if (depth > CIM_PATH_DEPTH_MAX)
		return malformed(&r, "references are nested too deep");
	if (strlen(text) > CIM_PATH_TEXT_MAX || !text_is_utf8(text, strlen(text)))
		return malformed(&r, "it is too long, or not UTF-8");
	status = read_class(&r, ns, &path);
	if (!status)
		status = read_keys(&r, path);
	if (!status)
		*ret = TAKE_PTR(path);
	return status;
}

/**
 * cim_path_parse() - read a path
 * @text: as path.h says; without a namespace: CLASS.KEY="VALUE",...
 * @ns: namespace if the text has none
 * @where: what the path is of, for messages
 * @ret: to be freed with cim_path_free()
 * @error: receives a message
 *
 * Return: 0 or a status. A path that is returned is complete, and its references are of the right classes;
 * whether there is such an instance is another matter.
 */
int cim_path_parse(const char *text, enum cim_namespace ns, const char *where,
		   struct cim_path **ret, struct cim_error *error)
{
	return parse_path(text, ns, where, 0, ret, error);
}
