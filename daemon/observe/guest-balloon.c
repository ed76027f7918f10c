// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's balloon: QEMU is told how much memory it is to leave the guest, and asked how much it does. What the
 * guest does about that is up to its driver: it may have none, be slow, or take memory back when it would have to kill
 * for it (virtio 1.2, 5.5). QEMU is not trusted: an amount that cannot be is no answer.
 *
 * To QEMU a guest's memory is what it was started with. What is plugged in (virtio-mem) is not counted there, although
 * the guest may give its balloon pages of that, too: so QEMU is told, and tells, amounts without it.
 */
#include <errno.h>

#include "daemon/observe/guest.h"
#include "kvrm/arith.h"

/* A guest that has done nothing for so many samples does not answer. */
#define SILENT_SAMPLES 10
/* One that took memory back, or does nothing, is told again. */
#define AGAIN_SAMPLES 5

/* As QEMU counts. */
static uint64_t memory_of(const struct guest *guest)
{
	const struct system *system = guest->system;

	return system->memory_base_bytes ? system->memory_base_bytes
					 : system->definition->memory_bytes;
}

/* Of one that memory can be plugged into, QEMU has to say. */
static bool knows_memory(const struct guest *guest)
{
	const struct system *system = guest->system;

	return system->memory_base_bytes || !system->definition->memory_max_bytes;
}

static void tell(struct guest *guest, enum balloon_state state)
{
	if (guest->system->balloon == state)
		return;
	guest->system->balloon = state;
	guest_tell(guest, GUEST_CHANGED, NULL);
}

/* What QEMU says that the balloon leaves; false: that cannot be. */
static bool take_left(struct guest *guest, struct json_object *object)
{
	struct json_object *actual;
	int64_t bytes;

	if (!object || !json_object_object_get_ex(object, "actual", &actual) ||
	    !json_object_is_type(actual, json_type_int))
		return false;
	bytes = json_object_get_int64(actual);
	if (bytes <= 0 || (uint64_t)bytes > memory_of(guest))
		return false;
	guest->balloon.left_bytes = (uint64_t)bytes;
	guest_show_balloon(guest);
	return true;
}

/* The distance to what was asked for; 0: it has that. */
static uint64_t distance(const struct guest *guest)
{
	uint64_t left = guest->balloon.left_bytes, asked = guest->balloon.asked_bytes;

	return left > asked ? left - asked : asked - left;
}

/* What it was asked for is known, and what it has. */
static void judge(struct guest *guest)
{
	struct guest_balloon *balloon = &guest->balloon;

	if (!distance(guest)) {
		balloon->still = 0;
		tell(guest, BALLOON_SETTLED);
		return;
	}
	tell(guest, balloon->still < SILENT_SAMPLES ? BALLOON_MOVING : BALLOON_SILENT);
}

static void on_queried(struct qmp *qmp, int error, struct json_object *value, const char *text,
		       void *data)
{
	struct guest *guest = data;
	struct guest_balloon *balloon = &guest->balloon;
	uint64_t before = distance(guest);

	balloon->asking = false;
	if (error == -EREMOTEIO) {
		balloon->refused = true;
		tell(guest, BALLOON_ABSENT);
	}
	if (error || !take_left(guest, value))
		return;
	/* One that has what it should have need not be told. */
	if (!balloon->asked_bytes && balloon->left_bytes == memory_of(guest))
		balloon->asked_bytes = memory_of(guest);
	if (!balloon->asked_bytes)
		return;
	balloon->still = distance(guest) < before ? 0 : balloon->still + 1;
	judge(guest);
}

static void on_told(struct qmp *qmp, int error, struct json_object *value, const char *text,
		    void *data)
{
	struct guest *guest = data;

	guest->balloon.asking = false;
	if (error)
		guest->balloon.asked_bytes = 0;
	else
		judge(guest);
}

static void ask(struct guest *guest)
{
	guest->balloon.asking = !qmp_call(guest->qmp, "query-balloon", NULL, guest->env->timeout_us,
					  on_queried, guest);
}

static void order(struct guest *guest, uint64_t value_bytes)
{
	struct guest_balloon *balloon = &guest->balloon;
	struct json_object *arguments = json_object_new_object();
	struct json_object *value = json_object_new_int64((int64_t)value_bytes);

	if (!arguments || !value || json_object_object_add(arguments, "value", value)) {
		json_object_put(value);
		json_object_put(arguments);
		return;
	}
	if (qmp_call(guest->qmp, "balloon", arguments, guest->env->timeout_us, on_told, guest))
		return;
	/* Asked for something else it has time anew. */
	balloon->still = balloon->asked_bytes == value_bytes ? balloon->still + 1 : 0;
	balloon->asked_bytes = value_bytes;
	balloon->asking = true;
}

/**
 * guest_balloon_value() - what QEMU is to be told for the balloon to leave the guest so much memory
 * @guest: guest
 * @left_bytes: of all that it has
 *
 * Return: bytes; at least a MiB, even if what is plugged in is more than is to be left: of what it was started with it
 * cannot take more.
 */
uint64_t guest_balloon_value(const struct guest *guest, uint64_t left_bytes)
{
	return kvrm_max(kvrm_excess(left_bytes, guest->system->memory_plugged_bytes),
			DEFINITION_MEMORY_UNIT);
}

/**
 * guest_show_balloon() - into the system: what the balloon leaves the guest of all memory
 * @guest: guest; QEMU has said what it leaves, or what is plugged in
 */
void guest_show_balloon(struct guest *guest)
{
	struct system *system = guest->system;
	uint64_t left_bytes = guest->balloon.left_bytes;

	system->balloon_left_bytes = left_bytes ? left_bytes + system->memory_plugged_bytes : 0;
}

/**
 * guest_tend_balloon() - have the balloon leave the guest so much memory, with each sample
 * @guest: guest
 * @left_bytes: of all that it has; not 0
 *
 * What it does is seen in the system; GUEST_CHANGED tells when that changes.
 */
void guest_tend_balloon(struct guest *guest, uint64_t left_bytes)
{
	uint64_t value_bytes = guest_balloon_value(guest, left_bytes);
	struct guest_balloon *balloon = &guest->balloon;

	if (!guest->qmp || !qmp_is_ready(guest->qmp) || balloon->asking || balloon->refused ||
	    !knows_memory(guest))
		return;
	if (!balloon->left_bytes)
		ask(guest);
	else if (balloon->asked_bytes != value_bytes)
		order(guest, value_bytes);
	else if (balloon->still && !(balloon->still % AGAIN_SAMPLES))
		order(guest, value_bytes);
	else if (distance(guest))
		ask(guest);
}

/**
 * guest_lose_balloon() - QEMU cannot be asked any more, or another time from the beginning
 * @guest: guest
 */
void guest_lose_balloon(struct guest *guest)
{
	guest->balloon = (struct guest_balloon){ 0 };
	guest->system->balloon_left_bytes = 0;
	guest->system->balloon = BALLOON_UNKNOWN;
}

/**
 * guest_balloon_changed() - QEMU tells that the guest has done something
 * @guest: guest
 * @arguments: of its event; may be NULL
 */
void guest_balloon_changed(struct guest *guest, struct json_object *arguments)
{
	if (!take_left(guest, arguments) || !guest->balloon.asked_bytes)
		return;
	guest->balloon.still = 0;
	judge(guest);
}
