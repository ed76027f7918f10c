// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wanted and cannot be held, and what the operator is told of that; see host.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/error.h"
#include "daemon/model/host.h"
#include "daemon/util/text.h"

/**
 * host_check_vcpu_limit() - whether what runs, or is to run, can have its limit of each virtual CPU
 * @host: host
 * @cpu: allocation of a system
 * @ret_error: sentence, to be freed
 *
 * Return: 0, or ERROR_APPLY_FAILED: the module is not there, or holds limits by cpu.max.
 */
int host_check_vcpu_limit(const struct host *host, const struct cpu_allocation *cpu,
			  char **ret_error)
{
	if (!cpu->vcpu_limit_us ||
	    (host->sample.module_up && host->sample.cpu_limiter == KVRM_CPU_LIMITER_TASK_WORK))
		return 0;
	if (!host->sample.module_up)
		return text_error(ret_error, ERROR_APPLY_FAILED,
				  "vcpu-limit: needs the module, which is not loaded");
	return text_error(
		ret_error, ERROR_APPLY_FAILED,
		"vcpu-limit: needs the module's limiter task-work, but limits are held by "
		"%s",
		sample_limiter_name(host->sample.cpu_limiter));
}

/**
 * host_missing_probes() - which probes nothing that runs can have now
 * @host: host
 * @probes: that are wanted, KVRM_PROBE_*
 * @ret_why: static words that follow the names of the missing ones in a sentence
 *
 * Return: those of @probes; 0: there are all.
 */
uint32_t host_missing_probes(const struct host *host, uint32_t probes, const char **ret_why)
{
	const struct host_sample *s = &host->sample;

	*ret_why = "need tracepoints that the module does not find in the kernel";
	if (s->probes_known)
		return probes & ~s->probes;
	*ret_why = s->module_up ? "need a newer module" : "need the module, which is not loaded";
	return probes;
}

/**
 * host_scheduler_problem() - what is promised of processors but need not hold, because of a sched_ext scheduler
 * @host: host
 *
 * Return: static sentence; "": the kernel's own scheduler holds it, or it is not known.
 */
const char *host_scheduler_problem(const struct host *host)
{
	if (!host->sample.sched_ext_known || !host->sample.sched_ext)
		return "";
	if (host->sample.cpu_limiter == KVRM_CPU_LIMITER_TASK_WORK)
		return "reservations and weights of processors, and limits of pools, need not "
		       "hold; limits of systems do";
	return "reservations, weights and limits of processors need not hold";
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
 * host_drop_problem() - forget problems that are solved
 * @host: host
 * @prefix: with which their sentences begin
 */
void host_drop_problem(struct host *host, const char *prefix)
{
	size_t kept = 0;

	for (size_t i = 0; i < host->n_problems; i++) {
		if (strncmp(host->problems[i], prefix, strlen(prefix)))
			host->problems[kept++] = host->problems[i];
		else
			free(host->problems[i]);
	}
	host->n_problems = kept;
}
