/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What trees are drawn with.
 */
#ifndef KVRMCTL_STROKES_H
#define KVRMCTL_STROKES_H

/**
 * struct strokes - one way of drawing
 * @member: before a member that others follow
 * @last: before the last one
 * @past: before the members of a member that others follow
 * @blank: before those of the last one
 */
struct strokes {
	const char *member;
	const char *last;
	const char *past;
	const char *blank;
};

static const struct strokes line_strokes = { "├─ ", "└─ ", "│  ", "   " };
static const struct strokes ascii_strokes = { "|- ", "`- ", "|  ", "   " };

#endif
