// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvrmctl console: a guest's first serial port on this terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/value.h"

/* Ctrl-] */
#define ESCAPE 0x1d

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			poll(&wait, 1, -1);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* Return: 1 to go on, 0 at the end of the input or after the escape character, a negative errno. */
static int copy(int from, int to, bool escape)
{
	char data[4096];
	ssize_t n = read(from, data, sizeof(data));
	const char *end;
	int r;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (!n)
		return 0;
	end = escape ? memchr(data, ESCAPE, (size_t)n) : NULL;
	r = write_all(to, data, end ? (size_t)(end - data) : (size_t)n);
	return r < 0 ? r : !end;
}

static int relay(int console, bool terminal)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = console, .events = POLLIN } };
	int r = 1;

	while (r > 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			r = copy(console, STDOUT_FILENO, false);
		if (r > 0 && fds[0].revents) {
			r = copy(STDIN_FILENO, console, terminal);
			/* Piped input that has ended: go on showing what the guest says. */
			if (!r && !terminal) {
				fds[0].fd = -1;
				fds[0].revents = 0;
				r = 1;
			}
		}
	}
	return r;
}

static int run_console(struct client *client, const char *name, int console)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	bool terminal = isatty(STDIN_FILENO);
	struct termios before, raw;
	int r;

	if (terminal && !tcgetattr(STDIN_FILENO, &before)) {
		fprintf(stderr, "Connected to %s. Leave with Ctrl-].\n", name);
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	r = relay(console, terminal);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
		fputc('\n', stderr);
	}
	return r < 0 ? client_failed(client, name, &none, r) : EXIT_OK;
}

/** command_console() - kvrmctl console; see command.h */
int command_console(struct client *client, int argc, char **argv)
{
	_cleanup_message_ sd_bus_message *reply = NULL;
	_cleanup_close_ int console = -1;
	const sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *m;
	const char *name;
	int fd, r, status = command_parse_common(client, argc, argv, 1, 1);

	name = argv[optind];
	if (status == EXIT_OK)
		status = client_open(client);
	if (status == EXIT_OK)
		status = client_system_message(client, name, "OpenConsole", &m);
	if (status == EXIT_OK)
		status = client_send(client, name, m, CLIENT_CHANGE_TIMEOUT_US, NULL, &reply);
	if (status != EXIT_OK)
		return status;
	r = sd_bus_message_read(reply, "h", &fd);
	/* The message owns its own. */
	if (r >= 0)
		console = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (r < 0 || console < 0)
		return client_failed(client, name, &none, r < 0 ? r : -errno);
	return run_console(client, name, console);
}
