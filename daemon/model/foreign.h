/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMUs of others that were seen, so that each is tried to be adopted when its time has come, and told of once. Pure.
 *
 * One is tried when it was seen twice: it has had the time to make its virtual machine. One that is refused is tried
 * again at times; one that was released is left alone. One that a look does not find is forgotten.
 */
#ifndef KVRM_FOREIGN_H
#define KVRM_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of so many looks one tries again what was refused. */
#define FOREIGN_TRIES_EVERY 15

/**
 * struct foreign - a QEMU that was seen
 * @pid: its process
 * @start_ticks: when that was started, in clock ticks since the host was; with @pid it is no other's
 * @looks: that found it
 * @left_alone: it was released
 * @present: found in the look under way
 * @refusal: what was told last of it, owned; NULL: nothing
 */
struct foreign {
	uint32_t pid;
	uint64_t start_ticks;
	unsigned int looks;
	bool left_alone;
	bool present;
	char *refusal;
};

/**
 * struct foreign_list - all that were seen
 * @items: owned
 * @n: how many
 */
struct foreign_list {
	struct foreign *items;
	size_t n;
};

void foreign_list_deinit(struct foreign_list *list);

void foreign_begin_look(struct foreign_list *list);
bool foreign_is_due(struct foreign_list *list, uint32_t pid, uint64_t start_ticks);
bool foreign_refused(struct foreign_list *list, uint32_t pid, uint64_t start_ticks,
		     const char *why);
void foreign_end_look(struct foreign_list *list);

void foreign_leave_alone(struct foreign_list *list, uint32_t pid, uint64_t start_ticks);

#endif
