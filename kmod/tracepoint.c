// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's tracepoints, found by name, so that kvrm neither needs kvm.ko nor keeps it from being
 * unloaded. A probe is attached while somebody uses it; a tracepoint that has none costs nothing.
 *
 * No header tells the tracepoints' prototypes: kvm_entry(vcpu, ...), kvm_exit(vcpu, ...) and
 * kvm_userspace_exit(reason, errno) on 6.1 to 7.2. What else they are given a probe need not take,
 * unless the kernel checks the types of indirect calls; there, none is found.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kmod/tracepoint.h"

#define KVRM_TRACEPOINT_USABLE (!IS_ENABLED(CONFIG_CFI_CLANG) && !IS_ENABLED(CONFIG_CFI))

/**
 * struct kvrm_tracepoint_use - a tracepoint and who uses it
 * @name: of the tracepoint
 * @probe: what is attached to it
 * @tp: where it is; NULL: there is none now
 * @users: how many want @probe attached
 * @attached: it is
 */
struct kvrm_tracepoint_use {
	const char *name;
	void *probe;
	struct tracepoint *tp;
	unsigned int users;
	bool attached;
};

/* Protects all of kvrm_tracepoints. The kernel's locks for tracepoints are taken under it. */
static DEFINE_MUTEX(kvrm_tracepoint_lock);

static struct kvrm_tracepoint_use kvrm_tracepoints[KVRM_TRACEPOINTS] = {
	[KVRM_TRACEPOINT_ENTRY] = { .name = "kvm_entry" },
	[KVRM_TRACEPOINT_EXIT] = { .name = "kvm_exit" },
	[KVRM_TRACEPOINT_USER] = { .name = "kvm_userspace_exit" },
};

static int kvrm_tracepoint_attach(struct kvrm_tracepoint_use *use)
{
	int err;

	if (!use->tp)
		return -ENOENT;
	if (use->attached)
		return 0;
	err = tracepoint_probe_register(use->tp, use->probe, NULL);
	use->attached = !err;
	return err;
}

static void kvrm_tracepoint_detach(struct kvrm_tracepoint_use *use)
{
	if (use->attached)
		tracepoint_probe_unregister(use->tp, use->probe, NULL);
	use->attached = false;
}

static void kvrm_tracepoint_came(struct tracepoint *tp, void *unused)
{
	size_t i;

	for (i = 0; i < KVRM_TRACEPOINTS; i++) {
		if (!kvrm_tracepoints[i].tp && !strcmp(tp->name, kvrm_tracepoints[i].name))
			kvrm_tracepoints[i].tp = tp;
	}
}

/* Its module is being unloaded: nobody uses KVM any more, so nobody uses the probe. */
static void kvrm_tracepoint_went(struct tracepoint *tp)
{
	size_t i;

	for (i = 0; i < KVRM_TRACEPOINTS; i++) {
		if (kvrm_tracepoints[i].tp != tp)
			continue;
		kvrm_tracepoint_detach(&kvrm_tracepoints[i]);
		kvrm_tracepoints[i].tp = NULL;
	}
}

static int kvrm_tracepoint_notify(struct notifier_block *block, unsigned long event, void *data)
{
	struct module *mod = ((struct tp_module *)data)->mod;
	unsigned int i;

	mutex_lock(&kvrm_tracepoint_lock);
	for (i = 0; i < mod->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]);

		if (event == MODULE_STATE_COMING)
			kvrm_tracepoint_came(tp, NULL);
		else if (event == MODULE_STATE_GOING)
			kvrm_tracepoint_went(tp);
	}
	mutex_unlock(&kvrm_tracepoint_lock);
	return NOTIFY_OK;
}

static struct notifier_block kvrm_tracepoint_notifier = {
	.notifier_call = kvrm_tracepoint_notify,
};

/**
 * kvrm_tracepoint_init() - find the tracepoints, now and whenever KVM is loaded
 * @probes: what is to be attached to each; they run with preemption on or off, and interrupts
 *	likewise, and read-lock RCU themselves
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int kvrm_tracepoint_init(void *const probes[KVRM_TRACEPOINTS])
{
	size_t i;

	for (i = 0; i < KVRM_TRACEPOINTS; i++)
		kvrm_tracepoints[i].probe = probes[i];
	if (!KVRM_TRACEPOINT_USABLE)
		return 0;
	mutex_lock(&kvrm_tracepoint_lock);
	for_each_kernel_tracepoint(kvrm_tracepoint_came, NULL);
	mutex_unlock(&kvrm_tracepoint_lock);
	return register_tracepoint_module_notifier(&kvrm_tracepoint_notifier);
}

/**
 * kvrm_tracepoint_exit() - undo kvrm_tracepoint_init(); nobody uses any
 *
 * No probe runs any more when it returns.
 */
void kvrm_tracepoint_exit(void)
{
	if (!KVRM_TRACEPOINT_USABLE)
		return;
	unregister_tracepoint_module_notifier(&kvrm_tracepoint_notifier);
	tracepoint_synchronize_unregister();
}

/**
 * kvrm_tracepoint_found() - which tracepoints there are
 *
 * Return: a bit for each of enum kvrm_tracepoint.
 */
u32 kvrm_tracepoint_found(void)
{
	u32 found = 0;
	size_t i;

	mutex_lock(&kvrm_tracepoint_lock);
	for (i = 0; i < KVRM_TRACEPOINTS; i++) {
		if (kvrm_tracepoints[i].tp)
			found |= BIT(i);
	}
	mutex_unlock(&kvrm_tracepoint_lock);
	return found;
}

static void kvrm_tracepoint_drop(u32 which)
{
	size_t i;

	lockdep_assert_held(&kvrm_tracepoint_lock);
	for (i = 0; i < KVRM_TRACEPOINTS; i++) {
		if ((which & BIT(i)) && !--kvrm_tracepoints[i].users)
			kvrm_tracepoint_detach(&kvrm_tracepoints[i]);
	}
}

/**
 * kvrm_tracepoint_get() - attach probes, until kvrm_tracepoint_put()
 * @which: a bit for each of enum kvrm_tracepoint
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if there is no such tracepoint; or another negative errno. None is attached
 * for the caller then.
 */
int kvrm_tracepoint_get(u32 which)
{
	u32 got = 0;
	int err = 0;
	size_t i;

	if (!KVRM_TRACEPOINT_USABLE)
		return -ENOENT;
	mutex_lock(&kvrm_tracepoint_lock);
	for (i = 0; i < KVRM_TRACEPOINTS && !err; i++) {
		if (!(which & BIT(i)))
			continue;
		err = kvrm_tracepoint_attach(&kvrm_tracepoints[i]);
		if (err)
			break;
		kvrm_tracepoints[i].users++;
		got |= BIT(i);
	}
	if (err)
		kvrm_tracepoint_drop(got);
	mutex_unlock(&kvrm_tracepoint_lock);
	return err;
}

/**
 * kvrm_tracepoint_put() - undo kvrm_tracepoint_get()
 * @which: as there
 *
 * Probes may still run when it returns.
 *
 * Context: process, may sleep.
 */
void kvrm_tracepoint_put(u32 which)
{
	if (!KVRM_TRACEPOINT_USABLE)
		return;
	mutex_lock(&kvrm_tracepoint_lock);
	kvrm_tracepoint_drop(which);
	mutex_unlock(&kvrm_tracepoint_lock);
}
