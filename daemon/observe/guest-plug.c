// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is plugged into a guest: how much it is to take, as QEMU was told, and how much it has, as QEMU says. It
 * is asked with each sample, and when QEMU tells that the guest has taken or given back some; not again before it has
 * answered. QEMU is not trusted: an amount that cannot be is no answer.
 */
#include <errno.h>

#include "daemon/observe/guest.h"
#include "daemon/wire/qmp-memory.h"

/* As large as can be defined, in whole blocks. */
#define MOST_BYTES (DEFINITION_MEMORY_MAX_BYTES + MEMORY_PLUG_BLOCK)

static void on_base(struct qmp *qmp, int error, struct json_object *value, const char *text,
		    void *data)
{
	struct guest *guest = data;
	struct system *system = guest->system;
	uint64_t bytes;

	guest->plug.questions--;
	/* It does not become less than it was started with. */
	if (error || system->memory_base_bytes || qmp_memory_read_base(value, &bytes) ||
	    bytes > system->definition->memory_bytes)
		return;
	system->memory_base_bytes = bytes;
	guest_tell(guest, GUEST_CHANGED, NULL);
}

/* What the balloon leaves the guest is told by QEMU without what is plugged in. */
static void take_plugged(struct guest *guest, uint64_t bytes)
{
	struct system *system = guest->system;

	if (system->memory_plugged_bytes == bytes)
		return;
	system->memory_plugged_bytes = bytes;
	guest_show_balloon(guest);
	guest_tell(guest, GUEST_CHANGED, NULL);
}

static void on_devices(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data)
{
	struct guest *guest = data;
	struct qmp_memory memory = { 0 };
	int r = error ? error : qmp_memory_read(value, MEMORY_QEMU_ID, &memory);

	guest->plug.questions--;
	if ((r && r != -ENOENT) || memory.max_bytes > MOST_BYTES)
		return;
	guest->plug.known = true;
	guest->plug.requested_bytes = memory.requested_bytes;
	guest->plug.max_bytes = memory.max_bytes;
	take_plugged(guest, memory.size_bytes);
	guest_tell(guest, GUEST_MEMORY_READ, NULL);
}

static void ask(struct guest *guest, const char *command, qmp_reply *reply)
{
	if (!qmp_call(guest->qmp, command, NULL, guest->env->timeout_us, reply, guest))
		guest->plug.questions++;
}

/**
 * guest_ask_memory() - ask QEMU what memory the guest has; GUEST_MEMORY_READ follows if it answers
 * @guest: guest; nothing happens if memory cannot be plugged into it, or its monitor is not connected or has not
 *	answered before
 */
void guest_ask_memory(struct guest *guest)
{
	if (!guest->system->definition->memory_max_bytes || !guest->qmp ||
	    !qmp_is_ready(guest->qmp) || guest->plug.questions)
		return;
	if (!guest->system->memory_base_bytes)
		ask(guest, "query-memory-size-summary", on_base);
	ask(guest, "query-memory-devices", on_devices);
}

/**
 * guest_request_memory() - tell QEMU how much memory the guest is to take beside what it was started with
 * @guest: guest
 * @bytes: whole MEMORY_PLUG_UNIT
 * @reply: of QEMU, that it has told the guest; NULL: nobody waits for it
 *
 * Return: 0 or a negative errno; @reply is not called then. Its data is the guest.
 */
int guest_request_memory(struct guest *guest, uint64_t bytes, qmp_reply *reply)
{
	struct json_object *arguments;

	if (!guest->qmp)
		return -ENOTCONN;
	arguments = qmp_memory_request(MEMORY_QEMU_ID, bytes);
	if (!arguments)
		return -ENOMEM;
	return qmp_call(guest->qmp, "qom-set", arguments, guest->env->timeout_us, reply, guest);
}
