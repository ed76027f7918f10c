/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that are connected, and the bounds that they are held to: how many, how long each of their
 * turns takes, and how much is kept to be sent to them. No client can keep others from being served:
 * one that only holds its place gives it up to the next, and one that is slow is cut off, however little
 * it sends or takes now and then. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_HTTP_CLIENTS_H
#define DAEMON_SERVE_HTTP_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_CLIENTS_MAX 64

/* A turn: from the start, or the end of an answer, to a whole request; from there to the end of the answer. */
#define HTTP_TURN_US (15 * UINT64_C(1000000))

/* Of all answers that are not sent yet. */
#define HTTP_ANSWERS_BYTES_MAX ((size_t)64 << 20)

/**
 * struct http_client - one of them
 * @used: somebody is here
 * @ended: was cut off, and will be gone soon
 * @answered: its request is being answered, else waited for
 * @fd: of the library
 * @since_us: when its turn began
 * @bytes: of the answer
 */
struct http_client {
	bool used;
	bool ended;
	bool answered;
	int fd;
	uint64_t since_us;
	size_t bytes;
};

/**
 * struct http_clients - all of them
 * @rows: places
 * @bytes: of all answers
 */
struct http_clients {
	struct http_client rows[HTTP_CLIENTS_MAX];
	size_t bytes;
};

/**
 * http_clients_add() - somebody connected
 * @clients: all
 * @fd: socket, which is not taken over
 * @now_us: time
 *
 * Return: row, until http_clients_remove(); NULL: there is no place.
 */
struct http_client *http_clients_add(struct http_clients *clients, int fd, uint64_t now_us);

/**
 * http_clients_remove() - somebody is gone
 * @clients: all
 * @client: from http_clients_add(); may be NULL
 */
void http_clients_remove(struct http_clients *clients, struct http_client *client);

/**
 * http_clients_answer() - a request came; its answer is about to be sent
 * @clients: all
 * @client: whose; may be NULL
 * @bytes: of the answer
 * @now_us: time
 *
 * Return: false: together with what others have not taken yet it is too much, and must not be sent.
 */
bool http_clients_answer(struct http_clients *clients, struct http_client *client, size_t bytes,
			 uint64_t now_us);

/**
 * http_clients_wait() - the answer is sent, or was given up; the next request is waited for
 * @clients: all
 * @client: whose; may be NULL
 * @now_us: time
 */
void http_clients_wait(struct http_clients *clients, struct http_client *client, uint64_t now_us);

/**
 * http_clients_make_room() - if there is no place left, cut off who deserves his least
 * @clients: all
 *
 * That is who has been waited for longest; if all are being answered, who takes longest for that.
 *
 * Return: whether somebody was cut off, who keeps the place until http_clients_remove().
 */
bool http_clients_make_room(struct http_clients *clients);

/**
 * http_clients_end_overdue() - cut off those whose turn takes too long
 * @clients: all
 * @now_us: time
 *
 * Return: when the next turn will have taken too long; UINT64_MAX if nobody is here.
 */
uint64_t http_clients_end_overdue(struct http_clients *clients, uint64_t now_us);

#endif
