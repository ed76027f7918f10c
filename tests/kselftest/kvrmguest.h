/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests for the module's tests: a cgroup each, with a flatvm in it if wanted.
 */
#ifndef KVRMGUEST_H
#define KVRMGUEST_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct kvrmguest - a cgroup and what runs in it
 * @path: of the cgroup
 * @dir: descriptor of the cgroup's directory
 * @pid: of the flatvm, 0 if none
 */
struct kvrmguest {
	char path[256];
	int dir;
	pid_t pid;
};

int kvrmguest_cgroup(struct kvrmguest *g, const char *name);
int kvrmguest_cgroup_in(struct kvrmguest *g, const struct kvrmguest *parent, const char *name);
int kvrmguest_start_with(struct kvrmguest *g, const char *mode, unsigned int vcpus,
			 const char *const *options);
int kvrmguest_start(struct kvrmguest *g, const char *mode, unsigned int vcpus);
void kvrmguest_kill(struct kvrmguest *g);
void kvrmguest_remove(struct kvrmguest *g);
int kvrmguest_read(const struct kvrmguest *g, const char *file, char *buf, size_t size);
int kvrmguest_write(const struct kvrmguest *g, const char *file, const char *text);

#endif
