// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What it costs kvrmd to write and to compress its metrics, by how many virtual systems there are.
 *	render [ROUNDS]		each number of systems so often (20)
 * Each has four virtual CPUs, two NICs, two disks, and everything that can be known is. One line for each number of
 * systems: the median and the range of the CPU time of one answer, its size, and the time for each system.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/serve/http-gzip.h"
#include "daemon/serve/openmetrics.h"

#define VCPUS  4
#define NICS   2
#define DISKS  2
#define ROUNDS 20
/* What is promised of 500 systems; and of 5,000, whose text does not fit into any cache. */
#define FEW_MAX_NS UINT64_C(50000000)
#define LINEAR_MAX 2
#define ROUNDS_MAX 1000
#define EPOCH_US   UINT64_C(1700000000000000)

struct model {
	char (*uuids)[40];
	char (*names)[32];
	struct vm_sample *samples;
	struct metric_vm *vms;
	size_t n;
};

struct cost {
	uint64_t write_ns;
	uint64_t gzip_ns;
	size_t size;
	size_t packed;
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void *array(size_t n, size_t size)
{
	void *items = calloc(n, size);

	if (!items)
		err(1, "memory");
	return items;
}

/* Counters as of a guest that has run for weeks: numbers of many digits, none like another. */
static uint64_t counter(size_t i, unsigned int salt)
{
	return (i + 1) * UINT64_C(6364136223846793) + salt * UINT64_C(1442695040888963);
}

static void fill_vcpus(struct vm_sample *sample, size_t i)
{
	for (uint32_t k = 0; k < VCPUS; k++) {
		struct vcpu_sample *vcpu = vm_sample_vcpu(sample, k);

		if (!vcpu)
			err(1, "memory");
		vcpu->known = UINT32_MAX;
		vcpu->running_ns = counter(i, k);
		vcpu->ready_ns = counter(i, k + 10);
		vcpu->limited_ns = counter(i, k + 20);
		vcpu->halted_ns = counter(i, k + 30);
		vcpu->waiting_ns = counter(i, k + 35);
		vcpu->exits = counter(i, k + 40);
		for (int reason = 0; reason < KVRM_EXIT_COUNT; reason++)
			vcpu->exits_by_reason[reason] = counter(i, k + 50 + (unsigned int)reason);
		for (int mode = 0; mode < KVRM_CPU_MODE_COUNT; mode++)
			vcpu->modes_ns[mode] = counter(i, k + 45 + (unsigned int)mode);
	}
}

static void fill_sample(struct vm_sample *sample, size_t i)
{
	*sample = (struct vm_sample){ .time_us = EPOCH_US,
				      .times_since_us = EPOCH_US,
				      .known = UINT32_MAX,
				      .usage_us = counter(i, 1),
				      .limited_us = counter(i, 2),
				      .memory_bytes = counter(i, 3),
				      .memory_active_bytes = counter(i, 4),
				      .memory_entitled_bytes = counter(i, 5),
				      .demand_us = 1234567,
				      .used_us = 987654,
				      .entitled_us = 1500000,
				      .rate_hz = 10,
				      .stall_ns = counter(i, 6),
				      .overhead_known = UINT32_MAX };
	for (unsigned int k = 0; k < KVRM_CPU_OVERHEAD_COUNT; k++)
		sample->overhead_ns[k] = counter(i, k + 40);
	for (unsigned int k = 0; k < KVRM_COUNTS_N; k++) {
		sample->counts.known |= KVRM_COUNT_BIT(k);
		sample->counts.value[k] = counter(i, k + 7);
	}
	fill_vcpus(sample, i);
	for (unsigned int k = 0; k < NICS; k++) {
		struct nic_sample *nic = &sample->nics[k];

		*nic = (struct nic_sample){ .known = true, .shares = true };
		for (int d = 0; d < NIC_DIRECTIONS; d++)
			nic->flows[d] = (struct nic_flow_sample){ .bytes = counter(i, k + 60),
								  .packets = counter(i, k + 70),
								  .limited_ns = counter(i, k + 80),
								  .demand = 1000000,
								  .entitled = 2000000,
								  .applied = 3000000,
								  .delays_known = true,
								  .delay_ns = counter(i, k + 85) };
	}
	for (unsigned int k = 0; k < DISKS; k++) {
		struct disk_sample *disk = &sample->disks[k];

		disk->time_us = EPOCH_US;
		for (int d = 0; d < DISK_DIRECTIONS; d++)
			disk->flows[d] =
				(struct disk_flow_sample){ .bytes = counter(i, k + 90),
							   .operations = counter(i, k + 91),
							   .time_ns = counter(i, k + 92) };
	}
}

static void model_fill(struct model *model, size_t n)
{
	static const struct definition_nic nics[NICS];
	static const struct definition_disk disks[DISKS];

	*model = (struct model){ array(n, sizeof(*model->uuids)), array(n, sizeof(*model->names)),
				 array(n, sizeof(*model->samples)), array(n, sizeof(*model->vms)),
				 n };
	for (size_t i = 0; i < n; i++) {
		snprintf(model->uuids[i], sizeof(model->uuids[i]), "00000000-0000-4000-8000-%012zx",
			 i);
		snprintf(model->names[i], sizeof(model->names[i]), "guest%zu", i);
		fill_sample(&model->samples[i], i);
		model->vms[i] = (struct metric_vm){ .uuid = model->uuids[i],
						    .name = model->names[i],
						    .state = KVRM_VM_STATE_ACTIVE,
						    .memory_bytes = UINT64_C(1) << 30,
						    .memory_reservation_bytes = UINT64_C(1) << 29,
						    .memory_applied_bytes = UINT64_C(1) << 29,
						    .memory_overhead_bytes = 71303168,
						    .memory_weight = 100,
						    .reservation_us = 250000,
						    .weight = 100,
						    .limit_us = 1500000,
						    .limit_applied_us = 1500000,
						    .started_us = EPOCH_US,
						    .nics = nics,
						    .n_nics = NICS,
						    .disks = disks,
						    .n_disks = DISKS,
						    .sample = &model->samples[i] };
	}
}

static void model_deinit(struct model *model)
{
	for (size_t i = 0; i < model->n; i++)
		vm_sample_deinit(&model->samples[i]);
	free(model->uuids);
	free(model->names);
	free(model->samples);
	free(model->vms);
}

static void measure(const struct metric_snapshot *snapshot, struct cost *ret)
{
	char *text = NULL, *packed = NULL;
	uint64_t began = cpu_ns(), written;

	if (openmetrics_write(snapshot, OPENMETRICS_TEXT, &text, &ret->size))
		errx(1, "no answer");
	written = cpu_ns();
	if (http_gzip(text, ret->size, &packed, &ret->packed))
		errx(1, "it cannot be compressed");
	ret->write_ns = written - began;
	ret->gzip_ns = cpu_ns() - written;
	openmetrics_keep(text, ret->size);
	free(packed);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/**
 * struct times - to write it
 * @median_ns: of all rounds
 * @least_ns: of the one that least of the machine's doing is in
 */
struct times {
	uint64_t median_ns;
	uint64_t least_ns;
};

static struct times row(size_t n, size_t rounds)
{
	struct times times;
	struct model model;
	struct metric_snapshot snapshot = { .host = { .since_us = EPOCH_US } };
	uint64_t *write_ns = array(rounds, sizeof(*write_ns));
	uint64_t *gzip_ns = array(rounds, sizeof(*gzip_ns));
	struct cost cost = { 0 };

	model_fill(&model, n);
	snapshot.vms = model.vms;
	snapshot.n_vms = n;
	snapshot.states[KVRM_VM_STATE_ACTIVE] = n;
	for (size_t i = 0; i < rounds; i++) {
		measure(&snapshot, &cost);
		write_ns[i] = cost.write_ns;
		gzip_ns[i] = cost.gzip_ns;
	}
	qsort(write_ns, rounds, sizeof(*write_ns), compare);
	qsort(gzip_ns, rounds, sizeof(*gzip_ns), compare);
	times = (struct times){ write_ns[rounds / 2], write_ns[0] };
	printf("%8zu %10.2f %8.2f-%-8.2f %12.2f %12.2f %12.1f %12.1f\n", n,
	       (double)times.median_ns / 1e6, (double)write_ns[0] / 1e6,
	       (double)write_ns[rounds - 1] / 1e6, (double)times.median_ns / 1e3 / (double)n,
	       (double)gzip_ns[rounds / 2] / 1e6, (double)cost.size / 1024,
	       (double)cost.packed / 1024);
	model_deinit(&model);
	free(write_ns);
	free(gzip_ns);
	return times;
}

int main(int argc, char **argv)
{
	struct times few, many;
	bool fast, linear;
	unsigned long rounds = ROUNDS;
	char *end = NULL;

	errno = 0;
	if (argc == 2)
		rounds = strtoul(argv[1], &end, 10);
	if (argc > 2 || errno || (end && *end) || rounds < 1 || rounds > ROUNDS_MAX)
		errx(2, "usage: render [ROUNDS], 1 to %d", ROUNDS_MAX);
	printf("Writing /metrics, CPU time, %lu rounds\n\n", rounds);
	printf("%8s %10s %17s %12s %12s %12s %12s\n", "systems", "median ms", "range ms",
	       "us a system", "gzip ms", "KiB", "KiB packed");
	row(50, rounds);
	few = row(500, rounds);
	many = row(5000, rounds);
	fast = few.median_ns <= FEW_MAX_NS;
	linear = many.least_ns <= few.least_ns * 10 * LINEAR_MAX;
	if (!fast)
		printf("\nnot kept: %d ms for 500 systems\n", (int)(FEW_MAX_NS / 1000000));
	if (!linear)
		printf("\nnot kept: one of 5,000 systems costs at most %d times one of 500\n",
		       LINEAR_MAX);
	return !fast || !linear;
}
