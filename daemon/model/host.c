// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's virtual systems; see host.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/model/host.h"

/**
 * host_find() - a system by its name or its UUID
 * @host: host
 * @name_or_uuid: text
 *
 * Return: the system, or NULL.
 */
struct system *host_find(const struct host *host, const char *name_or_uuid)
{
	for (size_t i = 0; i < host->n_systems; i++) {
		const struct definition *d = host->systems[i]->definition;

		if (!strcmp(d->name, name_or_uuid) || !strcasecmp(d->uuid, name_or_uuid))
			return host->systems[i];
	}
	return NULL;
}

/**
 * host_add() - add a system
 * @host: host
 * @system: owned by the host from now on, unless the call fails
 *
 * Return: 0, -EEXIST if its name or UUID is in use, or -ENOMEM.
 */
int host_add(struct host *host, struct system *system)
{
	const struct definition *d = system->definition;
	struct system **systems;
	size_t at;

	if (host_find(host, d->name) || host_find(host, d->uuid))
		return -EEXIST;
	systems = reallocarray(host->systems, host->n_systems + 1, sizeof(*systems));
	if (!systems)
		return -ENOMEM;
	host->systems = systems;
	for (at = host->n_systems; at > 0; at--) {
		if (strcmp(systems[at - 1]->definition->name, d->name) < 0)
			break;
		systems[at] = systems[at - 1];
	}
	systems[at] = system;
	host->n_systems++;
	return 0;
}

/**
 * host_remove() - remove a system; it is the caller's again
 * @host: host
 * @system: one of the host's
 */
void host_remove(struct host *host, struct system *system)
{
	size_t at = 0;

	while (at < host->n_systems && host->systems[at] != system)
		at++;
	if (at == host->n_systems)
		return;
	host->n_systems--;
	memmove(&host->systems[at], &host->systems[at + 1],
		(host->n_systems - at) * sizeof(host->systems[0]));
}

/**
 * host_count_running() - systems that have a QEMU
 * @host: host
 *
 * Return: their number.
 */
size_t host_count_running(const struct host *host)
{
	size_t count = 0;

	for (size_t i = 0; i < host->n_systems; i++)
		count += host->systems[i]->state != SYSTEM_DEFINED;
	return count;
}

/**
 * host_add_problem() - remember something that needs the operator
 * @host: host
 * @sentence: copied; one that is there already is not added again
 *
 * Return: 0 or -ENOMEM.
 */
int host_add_problem(struct host *host, const char *sentence)
{
	char **problems;

	for (size_t i = 0; i < host->n_problems; i++) {
		if (!strcmp(host->problems[i], sentence))
			return 0;
	}
	problems = reallocarray(host->problems, host->n_problems + 1, sizeof(*problems));
	if (!problems)
		return -ENOMEM;
	host->problems = problems;
	problems[host->n_problems] = strdup(sentence);
	if (!problems[host->n_problems])
		return -ENOMEM;
	host->n_problems++;
	return 0;
}

/**
 * host_deinit() - free everything; no system has a runtime
 * @host: host
 */
void host_deinit(struct host *host)
{
	for (size_t i = 0; i < host->n_systems; i++)
		system_free(host->systems[i]);
	for (size_t i = 0; i < host->n_problems; i++)
		free(host->problems[i]);
	free(host->systems);
	free(host->problems);
	memset(host, 0, sizeof(*host));
}
