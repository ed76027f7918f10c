/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_KMOD_SAMPLES_H
#define KVRM_KMOD_SAMPLES_H

#include <linux/types.h>

#include "kvrm/ring.h"

struct kvrm_guest;
struct kvrm_nic;
struct kvrm_sample;

/* In KiB; module parameter sample_ring_kib. */
#define KVRM_SAMPLES_KIB_MIN	 64
#define KVRM_SAMPLES_KIB_DEFAULT 4096
#define KVRM_SAMPLES_KIB_MAX	 1048576

int kvrm_samples_init(void);
void kvrm_samples_exit(void);

/* samples-thread.c */
int kvrm_samples_start(struct kvrm_ring *ring);
void kvrm_samples_stop(void);
void kvrm_samples_add_reader(void);
void kvrm_samples_drop_reader(void);

/* samples-fill.c */
void kvrm_samples_fill_guest(struct kvrm_sample *sample, struct kvrm_guest *guest);
void kvrm_samples_put_vcpus(struct kvrm_ring *ring, struct kvrm_sample *sample,
			    struct kvrm_guest *guest);
void kvrm_samples_fill_nic(struct kvrm_sample *sample, struct kvrm_nic *nic);

#endif
