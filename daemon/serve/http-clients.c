// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients that are connected; see http-clients.h.
 *
 * A socket that is shut down is not closed: the library finds that nothing more comes, closes it and tells.
 */
#include <sys/socket.h>

#include "daemon/serve/http-clients.h"

struct http_client *http_clients_add(struct http_clients *clients, int fd, uint64_t now_us)
{
	for (size_t i = 0; i < HTTP_CLIENTS_MAX; i++) {
		struct http_client *client = &clients->rows[i];

		if (client->used)
			continue;
		*client = (struct http_client){ .used = true, .fd = fd, .since_us = now_us };
		return client;
	}
	return NULL;
}

static void forget_answer(struct http_clients *clients, struct http_client *client)
{
	clients->bytes -= client->bytes;
	client->bytes = 0;
	client->answered = false;
}

void http_clients_remove(struct http_clients *clients, struct http_client *client)
{
	if (!client)
		return;
	forget_answer(clients, client);
	client->used = false;
}

bool http_clients_answer(struct http_clients *clients, struct http_client *client, size_t bytes,
			 uint64_t now_us)
{
	if (!client)
		return true;
	forget_answer(clients, client);
	if (bytes > HTTP_ANSWERS_BYTES_MAX - clients->bytes)
		return false;
	clients->bytes += bytes;
	client->bytes = bytes;
	client->answered = true;
	client->since_us = now_us;
	return true;
}

void http_clients_wait(struct http_clients *clients, struct http_client *client, uint64_t now_us)
{
	if (!client)
		return;
	forget_answer(clients, client);
	client->since_us = now_us;
}

static void end(struct http_client *client)
{
	client->ended = true;
	shutdown(client->fd, SHUT_RDWR);
}

/* Whether @a deserves its place less than @b. */
static bool deserves_less(const struct http_client *a, const struct http_client *b)
{
	return a->answered != b->answered ? b->answered : a->since_us < b->since_us;
}

bool http_clients_make_room(struct http_clients *clients)
{
	struct http_client *least = NULL;

	for (size_t i = 0; i < HTTP_CLIENTS_MAX; i++) {
		struct http_client *client = &clients->rows[i];

		if (!client->used)
			return false;
		if (!client->ended && (!least || deserves_less(client, least)))
			least = client;
	}
	if (!least)
		return false;
	end(least);
	return true;
}

uint64_t http_clients_end_overdue(struct http_clients *clients, uint64_t now_us)
{
	uint64_t next_us = UINT64_MAX;

	for (size_t i = 0; i < HTTP_CLIENTS_MAX; i++) {
		struct http_client *client = &clients->rows[i];

		if (!client->used || client->ended)
			continue;
		if (client->since_us + HTTP_TURN_US <= now_us)
			end(client);
		else if (client->since_us + HTTP_TURN_US < next_us)
			next_us = client->since_us + HTTP_TURN_US;
	}
	return next_us;
}
