// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of guests, and the sampler that goes round them.
 *
 * No hot path looks a guest up, so the registry is an xarray under one mutex, and whoever finds a
 * guest gets a reference. Identifiers are given out in a circle, so that one that was freed is not
 * soon mistaken for a new guest.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "kmod/event.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/nic.h"
#include "kmod/pool.h"
#include "kmod/protect.h"
#include "kmod/stat.h"
#include "kmod/young.h"
#include "kvrm/cpumax.h"

/**
 * struct kvrm_host - the root of everything
 * @lock: protects all other members; may be taken under kvrm_tree_lock; never held together with a
 *	guest's lock
 * @guests: registered guests by id, each with a reference
 * @next_id: where to look for a free id
 * @count: number of @guests
 * @generation: raised with each change of @guests
 * @stopping: the sampler must not start again
 * @sampler: runs while there are guests
 */
static struct kvrm_host {
	struct mutex lock;
	struct xarray guests;
	u32 next_id;
	u32 count;
	u32 generation;
	bool stopping;
	struct delayed_work sampler;
} kvrm_host;

static void kvrm_host_arm_sampler(void)
{
	lockdep_assert_held(&kvrm_host.lock);
	if (kvrm_host.count && !kvrm_host.stopping)
		queue_delayed_work(system_unbound_wq, &kvrm_host.sampler,
				   msecs_to_jiffies(KVRM_SAMPLE_INTERVAL_MS));
}

static void kvrm_host_sample(struct work_struct *work)
{
	u64 since_ns = kvrm_host_count() > 1 ? ktime_get_ns() : 0;
	struct kvrm_guest *guest;
	unsigned long cursor = 0;

	while ((guest = kvrm_host_next(&cursor))) {
		mutex_lock(&guest->lock);
		kvrm_stat_sample(guest, since_ns);
		if (guest->attached)
			kvrm_young_look(&guest->young, guest->vm.kvm);
		mutex_unlock(&guest->lock);
		kvrm_guest_put(guest);
	}
	mutex_lock(&kvrm_host.lock);
	kvrm_host_arm_sampler();
	mutex_unlock(&kvrm_host.lock);
}

/* Whether a guest may be registered beside those that are. */
static int kvrm_host_compare(struct kvrm_guest *guest, struct cgroup *cgroup,
			     struct netlink_ext_ack *extack, int *ret_at_fault)
{
	struct kvrm_guest *other;
	unsigned long id;

	lockdep_assert_held(&kvrm_host.lock);
	xa_for_each(&kvrm_host.guests, id, other) {
		if (other == guest)
			continue;
		if (uuid_equal(&other->uuid, &guest->uuid)) {
			NL_SET_ERR_MSG(extack, "a guest with this uuid is registered");
			*ret_at_fault = KVRM_A_GUEST_UUID;
			return -EEXIST;
		}
		if (cgroup_is_descendant(cgroup, other->cpu.cgroup) ||
		    cgroup_is_descendant(other->cpu.cgroup, cgroup)) {
			NL_SET_ERR_MSG(extack, "this cgroup or one above or below it has a guest");
			*ret_at_fault = KVRM_A_GUEST_CGROUP_FD;
			return -EEXIST;
		}
	}
	return 0;
}

/**
 * kvrm_host_check() - whether a guest may be registered, or bound to another cgroup
 * @guest: with its uuid
 * @cgroup: to which it is, or would be, bound
 * @extack: says why not
 * @ret_at_fault: set to the attribute that is at fault, if one is
 *
 * Commands are serialised: the answer holds until the command at hand is over.
 *
 * Return: 0, or -EEXIST if the uuid or the cgroup is another guest's.
 */
int kvrm_host_check(struct kvrm_guest *guest, struct cgroup *cgroup, struct netlink_ext_ack *extack,
		    int *ret_at_fault)
{
	int err;

	mutex_lock(&kvrm_host.lock);
	err = kvrm_host_compare(guest, cgroup, extack, ret_at_fault);
	mutex_unlock(&kvrm_host.lock);
	return err;
}

/**
 * kvrm_host_reserve() - give a guest an id, by which nobody finds it yet
 * @guest: attached, checked
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_host_reserve(struct kvrm_guest *guest)
{
	int err;

	mutex_lock(&kvrm_host.lock);
	err = xa_alloc_cyclic(&kvrm_host.guests, &guest->id, NULL, xa_limit_32b, &kvrm_host.next_id,
			      GFP_KERNEL);
	mutex_unlock(&kvrm_host.lock);
	/* 1 says that the circle was closed. */
	return err < 0 ? err : 0;
}

/**
 * kvrm_host_unreserve() - undo kvrm_host_reserve()
 * @guest: not published
 */
void kvrm_host_unreserve(struct kvrm_guest *guest)
{
	mutex_lock(&kvrm_host.lock);
	xa_erase(&kvrm_host.guests, guest->id);
	mutex_unlock(&kvrm_host.lock);
}

/**
 * kvrm_host_add() - publish a guest
 * @guest: with a reserved id, limited, in its pool; the registry takes a reference of its own
 */
void kvrm_host_add(struct kvrm_guest *guest)
{
	mutex_lock(&kvrm_host.lock);
	/* Its place is there: this needs no memory. */
	WARN_ON_ONCE(xa_err(xa_store(&kvrm_host.guests, guest->id, guest, GFP_KERNEL)));
	kvrm_guest_get(guest);
	kvrm_host.count++;
	kvrm_host.generation++;
	kvrm_host_arm_sampler();
	mutex_unlock(&kvrm_host.lock);
}

/*
 * What cpu.max is to hold once nobody holds single virtual CPUs back. The VM is there: whoever has
 * taken the guest out of the registry, and nobody else, detaches it.
 */
static u64 kvrm_host_limit_alone(const struct kvrm_guest *guest)
{
	u32 vcpus = atomic_read(&guest->vm.kvm->online_vcpus);

	lockdep_assert_held(&kvrm_tree_lock);
	return kvrm_cpumax_alone_us(guest->cpu.limit_us, guest->vcpu_limit_us, max(vcpus, 1U));
}

/**
 * kvrm_host_remove() - first step of a guest's death, then the others
 * @guest: the caller has a reference
 * @reason: told to the event sink
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if it is not registered (any more): somebody else was first.
 */
int kvrm_host_remove(struct kvrm_guest *guest, enum kvrm_removal_reason reason)
{
	bool registered;

	mutex_lock(&kvrm_host.lock);
	registered = xa_load(&kvrm_host.guests, guest->id) == guest;
	if (registered) {
		xa_erase(&kvrm_host.guests, guest->id);
		kvrm_host.count--;
		kvrm_host.generation++;
	}
	mutex_unlock(&kvrm_host.lock);
	if (!registered)
		return -ENOENT;

	kvrm_pool_leave(&guest->node);
	mutex_lock(&kvrm_tree_lock);
	kvrm_cgcpu_leave(&guest->cpu, kvrm_host_limit_alone(guest));
	mutex_unlock(&kvrm_tree_lock);
	kvrm_protect_forget(&guest->mem);
	kvrm_guest_detach(guest);
	kvrm_nic_remove_guest(guest->id, reason);
	kvrm_event_removed(guest, reason);
	kvrm_guest_put(guest);
	return 0;
}

/**
 * kvrm_host_find() - look a guest up
 * @id: as it was assigned
 *
 * Return: the guest with a reference for the caller, or NULL.
 */
struct kvrm_guest *kvrm_host_find(u32 id)
{
	struct kvrm_guest *guest;

	mutex_lock(&kvrm_host.lock);
	guest = xa_load(&kvrm_host.guests, id);
	if (guest)
		kvrm_guest_get(guest);
	mutex_unlock(&kvrm_host.lock);
	return guest;
}

/**
 * kvrm_host_next() - go round the guests; additions and removals meanwhile do no harm
 * @cursor: 0 at first; moved past the guest that is returned
 *
 * Return: the next guest with a reference for the caller, or NULL.
 */
struct kvrm_guest *kvrm_host_next(unsigned long *cursor)
{
	struct kvrm_guest *guest;

	mutex_lock(&kvrm_host.lock);
	guest = xa_find(&kvrm_host.guests, cursor, ULONG_MAX, XA_PRESENT);
	if (guest) {
		kvrm_guest_get(guest);
		*cursor = guest->id + 1UL;
	}
	mutex_unlock(&kvrm_host.lock);
	return guest;
}

/**
 * kvrm_host_generation() - for dumps, to see whether guests came or went
 *
 * Return: a number that changes with each addition and removal.
 */
u32 kvrm_host_generation(void)
{
	return READ_ONCE(kvrm_host.generation);
}

/**
 * kvrm_host_count() - how many guests are registered
 *
 * Return: their number at this moment.
 */
u32 kvrm_host_count(void)
{
	return READ_ONCE(kvrm_host.count);
}

/**
 * kvrm_host_init() - make an empty registry
 *
 * Return: 0.
 */
int kvrm_host_init(void)
{
	mutex_init(&kvrm_host.lock);
	xa_init_flags(&kvrm_host.guests, XA_FLAGS_ALLOC1);
	INIT_DELAYED_WORK(&kvrm_host.sampler, kvrm_host_sample);
	return 0;
}

/**
 * kvrm_host_remove_all() - stop the sampler and remove all guests; nobody can add any more
 */
void kvrm_host_remove_all(void)
{
	struct kvrm_guest *guest;
	unsigned long cursor = 0;

	mutex_lock(&kvrm_host.lock);
	kvrm_host.stopping = true;
	mutex_unlock(&kvrm_host.lock);
	cancel_delayed_work_sync(&kvrm_host.sampler);

	while ((guest = kvrm_host_next(&cursor))) {
		kvrm_host_remove(guest, KVRM_REMOVAL_REASON_REQUESTED);
		kvrm_guest_put(guest);
	}
}

/**
 * kvrm_host_exit() - undo kvrm_host_init(); there are no guests
 */
void kvrm_host_exit(void)
{
	xa_destroy(&kvrm_host.guests);
	mutex_destroy(&kvrm_host.lock);
}
