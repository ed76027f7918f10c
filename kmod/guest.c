// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest: one KVM virtual machine bound to one cgroup.
 *
 * Life: kvrm_guest_new() binds to the cgroup; kvrm_guest_attach() takes the VM over and begins to
 * watch its process; change.c puts it into its pool; host.c publishes it. Death has three steps:
 *
 *  1. host.c takes it out of the registry. One caller succeeds, and only that one goes on: it
 *     takes the guest out of its pool.
 *  2. kvrm_guest_detach() waits, by taking the guest's lock, for whoever still samples or limits
 *     it, marks it detached, and lets go of the VM and the threads.
 *  3. The last reference frees the memory and the cgroup reference.
 *
 * The VM's process is watched by an MMU notifier. Its release callback runs in the exiting
 * process, under SRCU and before the process closes its files, so it only queues @exit_work, which
 * does the rest. Our reference on the VM delays its destruction until then. The callback also runs
 * inside mmu_notifier_unregister() if the process is alive; the work then finds the guest already
 * taken out.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "kmod/guest.h"
#include "kmod/throttle.h"
#include "kmod/vcpu.h"

static struct workqueue_struct *kvrm_guest_wq;

static void kvrm_guest_free(struct kref *ref)
{
	struct kvrm_guest *guest = container_of(ref, struct kvrm_guest, ref);

	WARN_ON_ONCE(guest->attached);
	WARN_ON_ONCE(guest->node.parent);
	kvrm_cgmem_put(guest->mem);
	kvrm_cgcpu_close(&guest->cpu);
	if (guest->throttle)
		kvrm_throttle_put(guest->throttle);
	put_pid(guest->process);
	xa_destroy(&guest->vcpus);
	mutex_destroy(&guest->lock);
	kfree(guest);
}

/**
 * kvrm_guest_get() - take a reference
 * @guest: on which the caller has one, or which is in the registry while its lock is held
 *
 * Return: @guest.
 */
struct kvrm_guest *kvrm_guest_get(struct kvrm_guest *guest)
{
	kref_get(&guest->ref);
	return guest;
}

/**
 * kvrm_guest_put() - drop a reference
 * @guest: may be gone afterwards
 */
void kvrm_guest_put(struct kvrm_guest *guest)
{
	kref_put(&guest->ref, kvrm_guest_free);
}

static void kvrm_guest_exit_work(struct work_struct *work)
{
	struct kvrm_guest *guest = container_of(work, struct kvrm_guest, exit_work);

	guest->on_exit(guest);
	kvrm_guest_put(guest);
}

static void kvrm_guest_release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct kvrm_guest *guest = container_of(notifier, struct kvrm_guest, notifier);

	WRITE_ONCE(guest->exited, true);
	kvrm_guest_get(guest);
	if (!queue_work(kvrm_guest_wq, &guest->exit_work))
		kvrm_guest_put(guest);
}

static const struct mmu_notifier_ops kvrm_guest_notifier_ops = {
	.release = kvrm_guest_release,
};

/**
 * kvrm_guest_new() - make a guest that is bound to a cgroup, without a VM yet
 * @cgroup_fd: descriptor, in the caller, of the cgroup's directory
 * @adopted: the cgroup is somebody else's
 * @extack: says what went wrong
 *
 * Context: process, of whoever sent the request; may sleep.
 * Return: the guest with one reference, or an error pointer.
 */
struct kvrm_guest *kvrm_guest_new(int cgroup_fd, bool adopted, struct netlink_ext_ack *extack)
{
	struct kvrm_guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL);
	int err;

	if (!guest)
		return ERR_PTR(-ENOMEM);
	kref_init(&guest->ref);
	mutex_init(&guest->lock);
	xa_init(&guest->vcpus);
	kvrm_threads_init(&guest->threads);
	INIT_WORK(&guest->exit_work, kvrm_guest_exit_work);
	kvrm_node_init(&guest->node, false);
	guest->sample_rate_hz = KVRM_SAMPLE_RATE_DEFAULT_HZ;

	err = -ENOMEM;
	if (kvrm_throttle_available()) {
		guest->throttle = kvrm_throttle_new();
		if (!guest->throttle)
			goto put;
	}
	err = kvrm_cgcpu_open(&guest->cpu, cgroup_fd, adopted ? KVRM_CGCPU_ADOPTED : 0, extack);
	if (err)
		goto put;
	return guest;

put:
	kvrm_guest_put(guest);
	return ERR_PTR(err);
}

/**
 * kvrm_guest_attach() - take a VM over and watch its process
 * @guest: new, not published
 * @vm: found by kvrm_find_vm(); emptied on success, the caller's on failure
 * @on_exit: called from a worker once the process has ended; the guest is referenced meanwhile
 *
 * Context: process, may sleep.
 * Return: 0, -ESRCH if the process has just ended, or another negative errno.
 */
int kvrm_guest_attach(struct kvrm_guest *guest, struct kvrm_vm *vm,
		      void (*on_exit)(struct kvrm_guest *guest))
{
	struct mm_struct *mm = vm->kvm->mm;
	int err;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	guest->on_exit = on_exit;
	guest->notifier.ops = &kvrm_guest_notifier_ops;
	err = mmu_notifier_register(&guest->notifier, mm);
	mmput(mm);
	if (err)
		return err;

	mutex_lock(&guest->lock);
	guest->vm = *vm;
	guest->process = get_pid(vm->process);
	guest->attached = true;
	mutex_unlock(&guest->lock);
	memset(vm, 0, sizeof(*vm));
	return 0;
}

/**
 * kvrm_guest_detach() - second step of death: let go of the VM and its threads
 * @guest: attached, and no longer in the registry; the caller has a reference
 *
 * Context: process, may sleep; may destroy the VM, if its process is gone.
 */
void kvrm_guest_detach(struct kvrm_guest *guest)
{
	struct kvrm_vcpu *vcpu;
	unsigned long index;
	struct kvrm_vm vm;

	mmu_notifier_unregister(&guest->notifier, guest->vm.kvm->mm);
	kvrm_throttle_close(guest->throttle);

	mutex_lock(&guest->lock);
	WRITE_ONCE(guest->attached, false);
	vm = guest->vm;
	memset(&guest->vm, 0, sizeof(guest->vm));
	xa_for_each(&guest->vcpus, index, vcpu)
		kvrm_vcpu_free(vcpu);
	xa_destroy(&guest->vcpus);
	kvrm_threads_release(&guest->threads);
	mutex_unlock(&guest->lock);

	kvrm_vm_put(&vm);
}

/**
 * kvrm_guest_init() - make the worker that handles ended processes
 *
 * Return: 0 or -ENOMEM.
 */
int kvrm_guest_init(void)
{
	kvrm_guest_wq = alloc_workqueue("kvrm_guest", WQ_UNBOUND, 0);
	return kvrm_guest_wq ? 0 : -ENOMEM;
}

/**
 * kvrm_guest_exit() - undo kvrm_guest_init(); all guests are detached
 *
 * Waits for work that was queued while they were, of workers and of guests' threads.
 */
void kvrm_guest_exit(void)
{
	destroy_workqueue(kvrm_guest_wq);
	kvrm_throttled_flush();
}
