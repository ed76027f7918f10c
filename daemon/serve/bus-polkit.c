// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may call a method: user 0, and whom polkit allows it.
 *
 * polkit is asked twice. First whether it may be done as things are, which it answers at once. If
 * it says that a person could consent, and the caller lets one be asked, it is asked again, and
 * answers when somebody has typed a password, or never: that is up to a program of the caller's
 * own. A question that is given up is taken back: as long as polkit has not answered, the bus
 * counts it as one of the few calls of kvrmd's that may be under way at once, to systemd and the
 * launcher as well.
 *
 * For the same reason, and because each keeps its message, few calls wait, and of one user fewer,
 * for a person least.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/serve/bus-internal.h"
#include "daemon/util/log.h"

/* Calls that wait for polkit, of all users; of one, bus_peer_share(). */
#define CHECKS_MAX 32
/* Of them those of one user that wait for a person. */
#define PERSON_MAX 4
/* How long polkit may take, without a person and with one. */
#define ANSWER_US (25 * UINT64_C(1000000))
#define PERSON_US (120 * UINT64_C(1000000))

/**
 * struct bus_check - a call that waits for polkit
 * @next: in the bus's list
 * @call: which
 * @action: polkit's
 * @uid: of the caller
 * @person: a person is asked
 * @id: by which the question is taken back
 * @slot: of the question
 */
struct bus_check {
	struct bus_check *next;
	struct bus_call *call;
	const char *action;
	uid_t uid;
	bool person;
	uint64_t id;
	sd_bus_slot *slot;
};

/* Its call, which waits no longer. */
static struct bus_call *check_end(struct bus_check *check)
{
	struct bus_call *call = check->call;
	struct bus_check **at = &call->bus->checks;

	while (*at != check)
		at = &(*at)->next;
	*at = check->next;
	sd_bus_slot_unref(check->slot);
	free(check);
	return call;
}

static void refuse(struct bus_check *check, const char *text)
{
	bus_reply(check_end(check), ERROR_ACCESS_DENIED, text);
}

static int new_message(const struct bus_check *check, const char *method, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(check->call->bus->sd, ret,
					      "org.freedesktop.PolicyKit1",
					      "/org/freedesktop/PolicyKit1/Authority",
					      "org.freedesktop.PolicyKit1.Authority", method);
}

static void format_id(const struct bus_check *check, char id[static 24])
{
	snprintf(id, 24, "%" PRIu64, check->id);
}

/* polkit answers a question that is taken back. */
static void take_back(const struct bus_check *check)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char id[24];
	int r = new_message(check, "CancelCheckAuthorization", &m);

	format_id(check, id);
	if (r >= 0)
		r = sd_bus_message_set_expect_reply(m, 0);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", id);
	if (r >= 0)
		r = sd_bus_send(check->call->bus->sd, m, NULL);
	if (r < 0)
		log_warning("a question to polkit could not be taken back: %s", strerror(-r));
}

/* Whether one more call of a user may wait for polkit, or (@person) for a person. */
static bool is_room(const struct bus *bus, uid_t uid, bool person)
{
	size_t all = 0, own = 0, persons = 0;

	for (const struct bus_check *c = bus->checks; c; c = c->next) {
		all++;
		own += c->uid == uid;
		persons += c->uid == uid && c->person;
	}
	return person ? persons < PERSON_MAX
		      : all < CHECKS_MAX && own < bus_peer_share(uid, CHECKS_MAX);
}

static int on_answer(sd_bus_message *reply, void *data, sd_bus_error *ret_error);

static void ask(struct bus_check *check)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct bus_call *call = check->call;
	char id[24];
	int r = new_message(check, "CheckAuthorization", &m);

	check->id = ++call->bus->last_check;
	check->slot = sd_bus_slot_unref(check->slot);
	format_id(check, id);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
					  sd_bus_message_get_sender(call->message), check->action,
					  0, (uint32_t)check->person, id);
	if (r >= 0)
		r = sd_bus_call_async(call->bus->sd, &check->slot, m, on_answer, check,
				      check->person ? PERSON_US : ANSWER_US);
	if (r < 0)
		refuse(check, "polkit could not be asked");
}

static void ask_person(struct bus_check *check)
{
	if (!is_room(check->call->bus, check->uid, true)) {
		refuse(check, "too many calls of this user wait for somebody's consent already");
		return;
	}
	check->person = true;
	ask(check);
}

static int on_answer(sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
	struct bus_check *check = data;
	sd_bus_message *m = check->call->message;
	int authorized = 0, challenge = 0;

	if (sd_bus_message_get_errno(reply) == ETIMEDOUT) {
		take_back(check);
		refuse(check, check->person ? "nobody has consented in time"
					    : "polkit has not answered in time");
		return 0;
	}
	if (sd_bus_message_is_method_error(reply, NULL) ||
	    sd_bus_message_enter_container(reply, 'r', "bba{ss}") <= 0 ||
	    sd_bus_message_read(reply, "bb", &authorized, &challenge) < 0)
		authorized = challenge = 0;
	if (authorized)
		bus_go_on(check_end(check));
	else if (challenge && !check->person &&
		 sd_bus_message_get_allow_interactive_authorization(m) > 0)
		ask_person(check);
	else
		refuse(check, "only root, or whom polkit allows it, may do this");
	return 0;
}

static void ask_polkit(struct bus_call *call, uid_t uid, const char *action)
{
	struct bus *bus = call->bus;
	struct bus_check *check;

	if (!is_room(bus, uid, false)) {
		bus_reply(call, ERROR_ACCESS_DENIED, "too many calls wait for polkit already");
		return;
	}
	check = calloc(1, sizeof(*check));
	if (!check) {
		bus_reply(call, -ENOMEM, NULL);
		return;
	}
	*check = (struct bus_check){
		.next = bus->checks, .call = call, .action = action, .uid = uid
	};
	bus->checks = check;
	ask(check);
}

static int authorize(struct bus *bus, sd_bus_message *m, const char *action,
		     void (*go_on)(struct bus_call *call), bool alone)
{
	struct bus_call *call = bus_call_new(bus, m, go_on, alone);
	uid_t uid = (uid_t)-1;

	if (!call)
		return -ENOMEM;
	if (bus_peer_uid(m, &uid) < 0)
		bus_reply(call, ERROR_ACCESS_DENIED, "who asks could not be found out");
	else if (!uid)
		bus_go_on(call);
	else
		ask_polkit(call, uid, action);
	return 1;
}

/**
 * bus_authorize() - go on with a call if its caller is user 0 or polkit allows it
 * @bus: bus
 * @m: method call; not looked at yet
 * @action: polkit's; must stay
 * @go_on: called with the call, at once or later; else the call is refused, or forgotten if its
 *	caller has left the bus
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_authorize(struct bus *bus, sd_bus_message *m, const char *action,
		  void (*go_on)(struct bus_call *call))
{
	return authorize(bus, m, action, go_on, false);
}

/**
 * bus_authorize_alone() - as bus_authorize(), for what must not cross a change that is under way
 * @bus: bus
 * @m: method call; not looked at yet
 * @action: polkit's; must stay
 * @go_on: called with the call when no change is under way
 *
 * Return: 1 or a negative errno, for sd-bus.
 */
int bus_authorize_alone(struct bus *bus, sd_bus_message *m, const char *action,
			void (*go_on)(struct bus_call *call))
{
	return authorize(bus, m, action, go_on, true);
}

/**
 * bus_forget_checks() - a connection has ended: what it has called waits for polkit no more
 * @bus: bus
 * @caller: its name
 */
void bus_forget_checks(struct bus *bus, const char *caller)
{
	struct bus_check *next;

	for (struct bus_check *c = bus->checks; c; c = next) {
		const char *sender = sd_bus_message_get_sender(c->call->message);

		next = c->next;
		if (!sender || strcmp(sender, caller))
			continue;
		take_back(c);
		bus_call_free(check_end(c));
	}
}

/**
 * bus_end_checks() - answer all calls that wait for polkit: it is not waited for any more
 * @bus: bus
 */
void bus_end_checks(struct bus *bus)
{
	while (bus->checks) {
		take_back(bus->checks);
		bus_reply(check_end(bus->checks), -ESHUTDOWN, "kvrmd is ending");
	}
}
