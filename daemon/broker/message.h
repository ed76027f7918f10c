/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refusals: a message of the registry with its arguments.
 */
#ifndef KVRM_BROKER_MESSAGE_H
#define KVRM_BROKER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/broker/messages.h"
#include "daemon/broker/status.h"
#include "daemon/util/cleanup.h"

#define MESSAGE_ENUM(name, number, status, reason, text, action) CIM_MESSAGE_##name,
enum cim_message_id { KVRM_MESSAGES(MESSAGE_ENUM) CIM_MESSAGES };
#undef MESSAGE_ENUM

#define CIM_ARGUMENTS_MAX 4

/**
 * struct cim_message - a message of the registry
 * @id: "KVRM" and four digits
 * @status: of an intrinsic operation that ends with it
 * @reason: of a method that does
 * @text: with {1}, {2}, ... for arguments
 * @action: what to do about it
 */
struct cim_message {
	const char *id;
	enum cim_status status;
	enum cim_reason reason;
	const char *text;
	const char *action;
};

/**
 * struct cim_error - why something was refused
 * @message: NULL: it was not
 * @text: the message with its arguments, owned; NULL if there was no memory for it
 * @arguments: owned, @n_arguments of them
 * @n_arguments: of them
 */
struct cim_error {
	const struct cim_message *message;
	char *text;
	char *arguments[CIM_ARGUMENTS_MAX];
	size_t n_arguments;
};

const struct cim_message *cim_message(enum cim_message_id id);
const char *cim_error_text(const struct cim_error *error);
void cim_error_deinit(struct cim_error *error);
void cim_error_copy(struct cim_error *to, const struct cim_error *from);
int cim_fail_list(struct cim_error *error, enum cim_message_id id, const char *const *arguments);
int cim_fail_memory(struct cim_error *error);
uint32_t cim_return_code(enum cim_family family, enum cim_reason reason);

/* Refuse: cim_fail(error, id, "argument 1", ...); returns the message's status. */
#define cim_fail(error, id, ...)                                                                   \
	cim_fail_list(error, id, (const char *const[]){ __VA_ARGS__, NULL })

#define _cleanup_error_ _cleanup_(cim_error_deinit)

#endif
