// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Properties of a unit, as they are on the bus.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/wire/systemd-internal.h"

static int read_text(sd_bus_message *m, char *buffer, size_t size)
{
	const char *text;
	int r = sd_bus_message_read(m, "v", "s", &text);

	if (r >= 0)
		snprintf(buffer, size, "%s", text);
	return r;
}

static int read_invocation(sd_bus_message *m, char *buffer)
{
	const uint8_t *bytes;
	size_t n;
	int r;

	r = sd_bus_message_enter_container(m, 'v', "ay");
	if (r < 0)
		return r;
	r = sd_bus_message_read_array(m, 'y', (const void **)&bytes, &n);
	if (r < 0)
		return r;
	buffer[0] = '\0';
	for (size_t i = 0; n == 16 && i < n; i++)
		sprintf(buffer + 2 * i, "%02x", bytes[i]);
	return sd_bus_message_exit_container(m);
}

static int read_loaded(sd_bus_message *m, struct systemd_unit_status *status)
{
	char state[32];
	int r = read_text(m, state, sizeof(state));

	if (r >= 0)
		status->loaded = strcmp(state, "not-found") != 0;
	return r;
}

/* One property into the status; what is not of interest is passed over. */
static int read_property(sd_bus_message *m, const char *name, struct systemd_unit_status *s)
{
	if (!strcmp(name, "LoadState"))
		return read_loaded(m, s);
	if (!strcmp(name, "ActiveState"))
		return read_text(m, s->active_state, sizeof(s->active_state));
	if (!strcmp(name, "SubState"))
		return read_text(m, s->sub_state, sizeof(s->sub_state));
	if (!strcmp(name, "Result"))
		return read_text(m, s->result, sizeof(s->result));
	if (!strcmp(name, "ControlGroup"))
		return read_text(m, s->control_group, sizeof(s->control_group));
	if (!strcmp(name, "InvocationID"))
		return read_invocation(m, s->invocation_id);
	if (!strcmp(name, "MainPID"))
		return sd_bus_message_read(m, "v", "u", &s->main_pid);
	if (!strcmp(name, "ExecMainCode"))
		return sd_bus_message_read(m, "v", "i", &s->exec_main_code);
	if (!strcmp(name, "ExecMainStatus"))
		return sd_bus_message_read(m, "v", "i", &s->exec_main_status);
	if (!strcmp(name, "ExecMainStartTimestamp"))
		return sd_bus_message_read(m, "v", "t", &s->started_us);
	return sd_bus_message_skip(m, "v");
}

/**
 * systemd_status_read() - take properties over into a status
 * @m: message, before an a{sv}
 * @status: receives those that are there; the rest stays
 *
 * Return: 0 or more, or a negative errno; then some may have been taken over.
 */
int systemd_status_read(sd_bus_message *m, struct systemd_unit_status *status)
{
	const char *name;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read_property(m, name, status);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}
