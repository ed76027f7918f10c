/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of what a client would take, best by quality: the headers Accept and Accept-Encoding
 * (RFC 9110, 12.5). Pure. Inside daemon/serve only.
 */
#ifndef DAEMON_SERVE_HTTP_ACCEPT_H
#define DAEMON_SERVE_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a header, without the blanks around it. */
struct http_piece {
	const char *start;
	size_t length;
};

/**
 * struct http_choice - one alternative of a header
 * @name: media range or coding
 * @parameters: what is behind it, the quality included
 * @quality: in thousandths; 1000 if it has none, 0 if that is no number from 0 to 1 with up to three places
 */
struct http_choice {
	struct http_piece name;
	struct http_piece parameters;
	int quality;
};

/**
 * http_accept_list() - a header as a list
 * @header: its value; NULL: not sent, nothing is in the list
 *
 * Return: for http_accept_next(); refers to @header.
 */
struct http_piece http_accept_list(const char *header);

/**
 * http_accept_next() - take the first alternative off a list
 * @list: from http_accept_list()
 * @ret: alternative; untouched at the end
 *
 * Return: whether there was one.
 */
bool http_accept_next(struct http_piece *list, struct http_choice *ret);

/**
 * http_accept_parameter() - a parameter of an alternative
 * @choice: alternative
 * @name: of the parameter
 * @ret: value, without quotes; untouched if there is none
 *
 * Return: whether it has it.
 */
bool http_accept_parameter(const struct http_choice *choice, const char *name,
			   struct http_piece *ret);

/**
 * http_piece_is() - compare, without regard to case
 * @piece: part of a header
 * @text: with this
 */
bool http_piece_is(const struct http_piece *piece, const char *text);

#endif
