// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Refusals, and the return codes that tell of them; see message.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/message.h"
#include "daemon/util/text.h"

#define MESSAGE_ROW(name, number, status, reason, text, action)                                    \
	{ "KVRM" #number, CIM_##status, CIM_REASON_##reason, text, action },
static const struct cim_message messages[CIM_MESSAGES] = { KVRM_MESSAGES(MESSAGE_ROW) };

/*
 * Return codes as the value maps of the methods have them, by family: service, define, remove, state, pool, metric.
 * Plain methods do not refuse.
 */
static const uint32_t codes[CIM_REASONS][CIM_FAMILIES] = {
	[CIM_REASON_NOT_SUPPORTED] = { 1, 1, 1, 1, 1, 1 },
	[CIM_REASON_FAILED] = { 2, 2, 2, 4, 4, 2 },
	[CIM_REASON_TIMEOUT] = { 3, 3, 3, 3, 3, 2 },
	[CIM_REASON_INVALID_PARAMETER] = { 4, 4, 4, 5, 5, 2 },
	[CIM_REASON_INVALID_STATE] = { 5, 2, 5, 4097, 6, 2 },
	[CIM_REASON_INCOMPATIBLE] = { 6, 4, 4, 5, 5, 2 },
	[CIM_REASON_IN_USE] = { 5, 2, 5, 6, 6, 2 },
	[CIM_REASON_WRONG_RESOURCE_TYPE] = { 4, 4, 4, 5, 7, 2 },
	[CIM_REASON_INSUFFICIENT] = { 2, 2, 2, 4, 8, 2 },
	[CIM_REASON_SIZE] = { 4, 4, 4, 5, 4097, 2 },
	[CIM_REASON_INVALID_TRANSITION] = { 5, 2, 5, 4097, 6, 2 },
	[CIM_REASON_TIMEOUT_PARAMETER] = { 4, 4, 4, 4098, 5, 2 },
	[CIM_REASON_BUSY] = { 5, 2, 5, 4099, 6, 2 },
};
_Static_assert(CIM_FAMILY_PLAIN == 6, "a column of codes for each family that refuses");

/**
 * cim_message() - a message of the registry
 * @id: which
 */
const struct cim_message *cim_message(enum cim_message_id id)
{
	return &messages[id];
}

/**
 * cim_return_code() - the return code of a method that refuses
 * @family: of the method; not CIM_FAMILY_PLAIN
 * @reason: why
 */
uint32_t cim_return_code(enum cim_family family, enum cim_reason reason)
{
	return codes[reason][family];
}

/**
 * cim_error_text() - the sentence
 * @error: set
 *
 * Return: valid as long as @error.
 */
const char *cim_error_text(const struct cim_error *error)
{
	return error->text ? error->text : messages[CIM_MESSAGE_NO_MEMORY].text;
}

/**
 * cim_error_deinit() - free what an error owns; it is none afterwards
 * @error: any
 */
void cim_error_deinit(struct cim_error *error)
{
	for (size_t i = 0; i < error->n_arguments; i++)
		free(error->arguments[i]);
	free(error->text);
	*error = (struct cim_error){ 0 };
}

/**
 * cim_error_copy() - copy an error; what there is no memory for is left out
 * @to: receives it; what it held before is not freed
 * @from: any
 */
void cim_error_copy(struct cim_error *to, const struct cim_error *from)
{
	*to = (struct cim_error){ .message = from->message };
	to->text = from->text ? strdup(from->text) : NULL;
	for (; to->n_arguments < from->n_arguments; to->n_arguments++) {
		char *copy = strdup(from->arguments[to->n_arguments]);

		if (!copy)
			return;
		to->arguments[to->n_arguments] = copy;
	}
}

/* The text with its arguments; NULL if there is no memory. */
static char *expand(const char *text, char *const *arguments, size_t n)
{
	char *expanded = NULL;
	size_t size;
	FILE *out = open_memstream(&expanded, &size);

	if (!out)
		return NULL;
	for (; *text; text++) {
		size_t index = (size_t)(unsigned char)text[0] == '{' ? (size_t)(text[1] - '1') : n;

		if (index < n && text[2] == '}') {
			fputs(arguments[index], out);
			text += 2;
		} else {
			fputc(*text, out);
		}
	}
	if (!fclose(out))
		return expanded;
	free(expanded);
	return NULL;
}

/* Names come from clients, and too long ones were cut wherever that was; a message must be UTF-8. */
static char *copy_argument(const char *argument)
{
	char *copy = strdup(argument);

	if (copy && !text_is_utf8(copy, strlen(copy)))
		text_clean(copy, strlen(copy));
	return copy;
}

/**
 * cim_fail_list() - refuse; cim_fail() is easier to write
 * @error: receives the message; what it held before is freed. NULL: nobody wants to know
 * @id: of the message
 * @arguments: of the message, up to a NULL
 *
 * Return: the status that goes with it, never 0.
 */
int cim_fail_list(struct cim_error *error, enum cim_message_id id, const char *const *arguments)
{
	if (!error)
		return messages[id].status;
	/* An argument may be the text of the old error. */
	struct cim_error old = *error;

	*error = (struct cim_error){ .message = &messages[id] };
	for (size_t i = 0; arguments[i] && i < CIM_ARGUMENTS_MAX; i++) {
		error->arguments[i] = copy_argument(arguments[i]);
		if (!error->arguments[i])
			break;
		error->n_arguments++;
	}
	cim_error_deinit(&old);
	error->text = expand(error->message->text, error->arguments, error->n_arguments);
	return error->message->status;
}

/**
 * cim_fail_memory() - refuse for want of memory
 * @error: receives the message; may be NULL
 *
 * Return: CIM_FAILED.
 */
int cim_fail_memory(struct cim_error *error)
{
	return cim_fail_list(error, CIM_MESSAGE_NO_MEMORY, (const char *const[]){ NULL });
}
