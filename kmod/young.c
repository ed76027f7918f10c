// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory a guest has touched in the last seconds, estimated by sampling.
 *
 * Each second some pages of its memory are drawn at random, and the marks of access are taken from
 * them in the tables by which KVM maps them; some seconds later it is seen which of them have been
 * marked again. That costs a guest 64 look-ups a second, whatever its size, needs neither DAMON nor
 * the multi-generational LRU, of which not every kernel has either, and is the same on all of them.
 * The marks are those that the kernel goes by when it reclaims; it misses the ones taken here, of
 * 32 pages in a second. (Statistical sampling: Waldspurger, OSDI 2002, section 5.3.)
 *
 * KVM is asked through the operations that it registered with the process's address space. They
 * look at KVM's tables only, so what the process itself or vhost touches for the guest is not seen.
 * A processor marks a page when it walks the tables, and not while it has it in its TLB. That
 * forgets soon, or as the last page of each second has KVM flush it; newer kernels do not flush.
 *
 * A page that goes meanwhile counts as not touched, and so does one that nobody has ever touched.
 */
#include <linux/ktime.h>
#include <linux/kvm_host.h>
#include <linux/math64.h>
#include <linux/mmu_notifier.h>
#include <linux/random.h>
#include <linux/srcu.h>
#include <linux/time64.h>

#include "kmod/young.h"

/* Memory that guests write to; what KVM maps for itself is not theirs. */
static bool kvrm_young_counts(const struct kvm_memory_slot *slot)
{
	return slot->id < KVM_USER_MEM_SLOTS && !(slot->flags & KVM_MEM_READONLY);
}

static u64 kvrm_young_count_pages(struct kvm_memslots *slots)
{
	struct kvm_memory_slot *slot;
	u64 pages = 0;
	int bucket;

	kvm_for_each_memslot(slot, bucket, slots)
		pages += kvrm_young_counts(slot) ? slot->npages : 0;
	return pages;
}

/* Where the pages with these numbers are in the process, in the place of their numbers. */
static void kvrm_young_find(struct kvm_memslots *slots, unsigned long *drawn, const u64 *numbers)
{
	struct kvm_memory_slot *slot;
	u64 first = 0;
	int bucket, i;

	kvm_for_each_memslot(slot, bucket, slots) {
		if (!kvrm_young_counts(slot))
			continue;
		for (i = 0; i < KVRM_YOUNG_PAGES; i++) {
			if (numbers[i] >= first && numbers[i] - first < slot->npages)
				drawn[i] =
					slot->userspace_addr + ((numbers[i] - first) << PAGE_SHIFT);
		}
		first += slot->npages;
	}
}

/* Draw pages of the guest's memory; without memory there are none. */
static void kvrm_young_draw(struct kvrm_young *young, struct kvm *kvm, unsigned long *drawn)
{
	u64 numbers[KVRM_YOUNG_PAGES], pages;
	struct kvm_memslots *slots;
	int index, i;

	memset(drawn, 0, sizeof(young->drawn[0]));
	index = srcu_read_lock(&kvm->srcu);
	slots = kvm_memslots(kvm);
	pages = kvrm_young_count_pages(slots);
	for (i = 0; pages && i < KVRM_YOUNG_PAGES; i++)
		div64_u64_rem(get_random_u64(), pages, &numbers[i]);
	if (pages)
		kvrm_young_find(slots, drawn, numbers);
	srcu_read_unlock(&kvm->srcu, index);
	WRITE_ONCE(young->memory_bytes, pages << PAGE_SHIFT);
}

static void kvrm_young_clear(struct kvm *kvm, const unsigned long *drawn)
{
	const struct mmu_notifier_ops *ops = kvm->mmu_notifier.ops;
	int i;

	for (i = 0; i < KVRM_YOUNG_PAGES - 1; i++)
		ops->clear_young(&kvm->mmu_notifier, kvm->mm, drawn[i], drawn[i] + PAGE_SIZE);
	ops->clear_flush_young(&kvm->mmu_notifier, kvm->mm, drawn[i], drawn[i] + PAGE_SIZE);
}

/* How many of the pages have been touched since their marks were taken. */
static unsigned int kvrm_young_touched(struct kvm *kvm, const unsigned long *drawn)
{
	const struct mmu_notifier_ops *ops = kvm->mmu_notifier.ops;
	unsigned int touched = 0;
	int i;

	for (i = 0; i < KVRM_YOUNG_PAGES; i++)
		touched += !!ops->test_young(&kvm->mmu_notifier, kvm->mm, drawn[i]);
	return touched;
}

/**
 * kvrm_young_look() - look which pages were touched, and draw others, once a second
 * @young: its guest's lock is held
 * @kvm: the guest's; referenced
 *
 * Where KVM keeps no marks there is never an estimate.
 *
 * Context: process, may sleep; takes KVM's own locks for a moment, for one page after the other.
 */
void kvrm_young_look(struct kvrm_young *young, struct kvm *kvm)
{
	const struct mmu_notifier_ops *ops = kvm->mmu_notifier.ops;
	unsigned long *drawn = young->drawn[young->second];
	u64 now_ns = ktime_get_ns();

	if (now_ns < young->next_ns || !ops || !ops->clear_young || !ops->clear_flush_young ||
	    !ops->test_young)
		return;
	young->next_ns = now_ns + NSEC_PER_SEC;
	if (drawn[0])
		kvrm_active_add(&young->active, kvrm_young_touched(kvm, drawn), KVRM_YOUNG_PAGES);
	kvrm_young_draw(young, kvm, drawn);
	if (drawn[0])
		kvrm_young_clear(kvm, drawn);
	young->second = (young->second + 1) % KVRM_YOUNG_SECONDS;
}
