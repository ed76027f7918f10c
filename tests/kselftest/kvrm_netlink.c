// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the netlink family accepts and refuses, and what it tells. Needs the module, KVM, root and
 * cgroup v2 with the cpu controller.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kvrmguest.h"
#include "kvrmnl.h"
#include "kvrmspec.h"

#define UNKNOWN_ATTR 60
#define NOT_TOLD     UINT64_MAX

static const uint8_t uuid_a[16] = { 0xa, 1, 2, 3 };
static const uint8_t uuid_b[16] = { 0xb, 1, 2, 3 };
static const uint8_t uuid_zero[16];

/* What a message about a guest said. */
struct seen {
	int cmd;
	uint32_t id, pid, vcpus, reason;
	uint64_t limit_us, quota_us, period_us, usage_ns;
	bool unlimited;
	uint32_t pool_id, weight;
	uint64_t reservation_us, vcpu_limit_us;
	uint64_t emulator_ns, io_ns, vhost_ns;
	char name[64];
	uint32_t last_id;
	int out_of_order, count;
};

static void see(struct nlattr **a, int cmd, void *data)
{
	struct seen *s = data;

	s->cmd = cmd;
	s->id = a[KVRM_A_GUEST_ID] ? nla_get_u32(a[KVRM_A_GUEST_ID]) : 0;
	s->pid = a[KVRM_A_GUEST_PID] ? nla_get_u32(a[KVRM_A_GUEST_PID]) : 0;
	s->vcpus = a[KVRM_A_GUEST_VCPUS] ? nla_get_u32(a[KVRM_A_GUEST_VCPUS]) : 0;
	s->reason =
		a[KVRM_A_GUEST_REMOVAL_REASON] ? nla_get_u32(a[KVRM_A_GUEST_REMOVAL_REASON]) : 99;
	s->limit_us = a[KVRM_A_GUEST_CPU_LIMIT_US] ? nla_get_u64(a[KVRM_A_GUEST_CPU_LIMIT_US]) : 0;
	s->quota_us = a[KVRM_A_GUEST_CPU_QUOTA_US] ? nla_get_u64(a[KVRM_A_GUEST_CPU_QUOTA_US]) : 0;
	s->period_us =
		a[KVRM_A_GUEST_CPU_PERIOD_US] ? nla_get_u64(a[KVRM_A_GUEST_CPU_PERIOD_US]) : 0;
	s->usage_ns = a[KVRM_A_GUEST_USAGE_NS] ? nla_get_u64(a[KVRM_A_GUEST_USAGE_NS]) : 0;
	s->unlimited = a[KVRM_A_GUEST_CPU_UNLIMITED];
	s->pool_id = a[KVRM_A_GUEST_POOL_ID] ? nla_get_u32(a[KVRM_A_GUEST_POOL_ID]) : 0;
	s->weight = a[KVRM_A_GUEST_CPU_WEIGHT] ? nla_get_u32(a[KVRM_A_GUEST_CPU_WEIGHT]) : 0;
	s->reservation_us = a[KVRM_A_GUEST_CPU_RESERVATION_US]
				    ? nla_get_u64(a[KVRM_A_GUEST_CPU_RESERVATION_US])
				    : 99;
	s->vcpu_limit_us = a[KVRM_A_GUEST_CPU_VCPU_LIMIT_US]
				   ? nla_get_u64(a[KVRM_A_GUEST_CPU_VCPU_LIMIT_US])
				   : 0;
	s->emulator_ns =
		a[KVRM_A_GUEST_EMULATOR_NS] ? nla_get_u64(a[KVRM_A_GUEST_EMULATOR_NS]) : NOT_TOLD;
	s->io_ns = a[KVRM_A_GUEST_IO_NS] ? nla_get_u64(a[KVRM_A_GUEST_IO_NS]) : NOT_TOLD;
	s->vhost_ns = a[KVRM_A_GUEST_VHOST_NS] ? nla_get_u64(a[KVRM_A_GUEST_VHOST_NS]) : NOT_TOLD;
	snprintf(s->name, sizeof(s->name), "%s",
		 a[KVRM_A_GUEST_NAME] ? nla_get_string(a[KVRM_A_GUEST_NAME]) : "");
	s->out_of_order |= s->id <= s->last_id;
	s->last_id = s->id;
	s->count++;
}

static struct kvrmnl_reply add(struct kvrmnl *nl, struct kvrmguest *g, const uint8_t *uuid,
			       uint64_t limit_us, struct seen *seen)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);

	nla_put(msg, KVRM_A_GUEST_UUID, 16, uuid);
	nla_put_string(msg, KVRM_A_GUEST_NAME, "a guest");
	nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, g->dir);
	if (limit_us)
		nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, limit_us);
	else
		nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
	return kvrmnl_send(nl, msg, seen ? see : NULL, seen);
}

static struct kvrmnl_reply with_id(struct kvrmnl *nl, int cmd, uint32_t id, struct seen *seen)
{
	struct nl_msg *msg = kvrmnl_request(nl, cmd, NLM_F_ACK);

	nla_put_u32(msg, KVRM_A_GUEST_ID, id);
	return kvrmnl_send(nl, msg, seen ? see : NULL, seen);
}

static struct kvrmnl_reply set_limit(struct kvrmnl *nl, uint32_t id, uint64_t limit_us)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_GUEST_SET, NLM_F_ACK);

	nla_put_u32(msg, KVRM_A_GUEST_ID, id);
	if (limit_us)
		nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, limit_us);
	else
		nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
	return kvrmnl_send(nl, msg, NULL, NULL);
}

FIXTURE(kvrm)
{
	struct kvrmnl nl;
	struct kvrmguest g, other;
	uint64_t capacity_us;
};

FIXTURE_SETUP(kvrm)
{
	ASSERT_EQ(0, kvrmnl_open(&self->nl));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->g, "kvrm-a"));
	ASSERT_EQ(0, kvrmguest_cgroup(&self->other, "kvrm-b"));
	ASSERT_EQ(0, kvrmguest_start(&self->g, "spin", 1));
	self->capacity_us = sysconf(_SC_NPROCESSORS_ONLN) * 1000000ULL;
}

/* Guests end with their processes, so each test leaves an empty registry behind. */
FIXTURE_TEARDOWN(kvrm)
{
	struct nl_msg *msg;

	kvrmguest_remove(&self->g);
	kvrmguest_remove(&self->other);
	for (int i = 0; i < 500; i++) {
		msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);
		if (!kvrmnl_send(&self->nl, msg, NULL, NULL).count)
			break;
		usleep(10000);
	}
	kvrmnl_close(&self->nl);
}

struct host_seen {
	uint32_t abi, cpus;
	uint64_t capacity_us, reserve_us;
	uint32_t pools, interval_us;
	uint8_t kvm;
};

static void see_host(struct nlattr **a, int cmd, void *data)
{
	struct host_seen *s = data;

	s->abi = nla_get_u32(a[KVRM_A_HOST_ABI]);
	s->cpus = nla_get_u32(a[KVRM_A_HOST_CPUS_ONLINE]);
	s->capacity_us = nla_get_u64(a[KVRM_A_HOST_CPU_CAPACITY_US]);
	s->kvm = nla_get_u8(a[KVRM_A_HOST_KVM_PRESENT]);
	s->reserve_us = nla_get_u64(a[KVRM_A_HOST_CPU_HOST_RESERVE_US]);
	s->pools = nla_get_u32(a[KVRM_A_HOST_POOLS]);
	s->interval_us = nla_get_u32(a[KVRM_A_HOST_CONTROL_INTERVAL_US]);
}

TEST_F(kvrm, host_get)
{
	struct host_seen s = { 0 };
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_HOST_GET, NLM_F_ACK);

	EXPECT_EQ(0, kvrmnl_send(&self->nl, msg, see_host, &s).error);
	EXPECT_EQ(KVRM_ABI_VERSION, s.abi);
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), s.cpus);
	EXPECT_EQ(self->capacity_us, s.capacity_us);
	EXPECT_EQ(1, s.kvm);
	EXPECT_GT(s.capacity_us, s.reserve_us);
	EXPECT_EQ(1, s.pools);
	EXPECT_NE(0, s.interval_us);
}

TEST_F(kvrm, add_get_set_del)
{
	struct seen s = { 0 };
	char text[64];

	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 250000, &s).error);
	EXPECT_EQ(250000, s.limit_us);
	EXPECT_EQ(2500, s.quota_us);
	EXPECT_EQ(10000, s.period_us);
	EXPECT_EQ(self->g.pid, (pid_t)s.pid);
	EXPECT_EQ(1, s.vcpus);
	EXPECT_STREQ("a guest", s.name);
	EXPECT_EQ(KVRM_POOL_ROOT_ID, s.pool_id);
	EXPECT_EQ(0, s.reservation_us);
	EXPECT_EQ(KVRM_CPU_WEIGHT_DEFAULT, s.weight);
	ASSERT_EQ(0, kvrmguest_read(&self->g, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("2500 10000", text);

	EXPECT_EQ(0, set_limit(&self->nl, s.id, 10000).error);
	ASSERT_EQ(0, kvrmguest_read(&self->g, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("1000 100000", text);

	EXPECT_EQ(0, set_limit(&self->nl, s.id, self->capacity_us).error);
	EXPECT_EQ(0, set_limit(&self->nl, s.id, 0).error);
	ASSERT_EQ(0, kvrmguest_read(&self->g, "cpu.max", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "max ", 4));
	EXPECT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_GET, s.id, &s).error);
	EXPECT_TRUE(s.unlimited);

	EXPECT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_DEL, s.id, NULL).error);
	EXPECT_REFUSED(with_id(&self->nl, KVRM_CMD_GUEST_GET, s.id, NULL), ENOENT, KVRM_A_GUEST_ID);
}

TEST_F(kvrm, removal_leaves_the_limit)
{
	struct seen s = { 0 };
	char text[64];

	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 500000, &s).error);
	ASSERT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_DEL, s.id, NULL).error);
	ASSERT_EQ(0, kvrmguest_read(&self->g, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("5000 10000", text);
}

TEST_F(kvrm, limit_out_of_range)
{
	const uint64_t bad[] = { 1, 9999, self->capacity_us + 1, UINT64_MAX };
	struct seen s = { 0 };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_REFUSED(add(&self->nl, &self->g, uuid_a, bad[i], NULL), ERANGE,
			       KVRM_A_GUEST_CPU_LIMIT_US);
	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 250000, &s).error);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_REFUSED(set_limit(&self->nl, s.id, bad[i]), ERANGE,
			       KVRM_A_GUEST_CPU_LIMIT_US);
	ASSERT_EQ(0, kvrmguest_read(&self->g, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("2500 10000", text);
}

static void see_limiter(struct nlattr **a, int cmd, void *data)
{
	*(uint32_t *)data = nla_get_u32(a[KVRM_A_HOST_CPU_LIMITER]);
}

static struct kvrmnl_reply set_vcpu_limit(struct kvrmnl *nl, uint32_t id, uint64_t limit_us)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_GUEST_SET, NLM_F_ACK);

	nla_put_u32(msg, KVRM_A_GUEST_ID, id);
	nla_put_u64(msg, KVRM_A_GUEST_CPU_VCPU_LIMIT_US, limit_us);
	return kvrmnl_send(nl, msg, NULL, NULL);
}

TEST_F(kvrm, limit_of_each_virtual_cpu)
{
	const uint64_t bad[] = { 1, 9999, 1000001, UINT64_MAX },
		       good[] = { 10000, 300000, 1000000 };
	uint32_t limiter = 99;
	struct seen s = { 0 };

	ASSERT_EQ(0, kvrmnl_send(&self->nl, kvrmnl_request(&self->nl, KVRM_CMD_HOST_GET, NLM_F_ACK),
				 see_limiter, &limiter)
			     .error);
	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, &s).error);
	EXPECT_EQ(0, s.vcpu_limit_us);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_REFUSED(set_vcpu_limit(&self->nl, s.id, bad[i]), ERANGE,
			       KVRM_A_GUEST_CPU_VCPU_LIMIT_US);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (limiter == KVRM_CPU_LIMITER_TASK_WORK) {
			EXPECT_EQ(0, set_vcpu_limit(&self->nl, s.id, good[i]).error);
		} else {
			EXPECT_REFUSED(set_vcpu_limit(&self->nl, s.id, good[i]), EOPNOTSUPP,
				       KVRM_A_GUEST_CPU_VCPU_LIMIT_US);
		}
		ASSERT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_GET, s.id, &s).error);
		EXPECT_EQ(limiter == KVRM_CPU_LIMITER_TASK_WORK ? good[i] : 0, s.vcpu_limit_us);
	}
	EXPECT_EQ(0, set_vcpu_limit(&self->nl, s.id, 0).error);
	ASSERT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_GET, s.id, &s).error);
	EXPECT_EQ(0, s.vcpu_limit_us);
}

TEST_F(kvrm, limit_zero)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);

	nla_put(msg, KVRM_A_GUEST_UUID, 16, uuid_a);
	nla_put_string(msg, KVRM_A_GUEST_NAME, "x");
	nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, self->g.dir);
	nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, 0);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), ERANGE, KVRM_A_GUEST_CPU_LIMIT_US);
}

TEST_F(kvrm, limit_and_unlimited)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);

	nla_put(msg, KVRM_A_GUEST_UUID, 16, uuid_a);
	nla_put_string(msg, KVRM_A_GUEST_NAME, "x");
	nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, self->g.dir);
	nla_put_u64(msg, KVRM_A_GUEST_CPU_LIMIT_US, 250000);
	nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_CPU_UNLIMITED);
}

TEST_F(kvrm, each_attribute_missing)
{
	for (int missing = 0; missing < 4; missing++) {
		struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);

		if (missing != 0)
			nla_put(msg, KVRM_A_GUEST_UUID, 16, uuid_a);
		if (missing != 1)
			nla_put_string(msg, KVRM_A_GUEST_NAME, "x");
		if (missing != 2)
			nla_put_u32(msg, KVRM_A_GUEST_CGROUP_FD, self->g.dir);
		if (missing != 3)
			nla_put_flag(msg, KVRM_A_GUEST_CPU_UNLIMITED);
		EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, 0);
	}
	EXPECT_REFUSED(kvrmnl_send(&self->nl,
				   kvrmnl_request(&self->nl, KVRM_CMD_GUEST_DEL, NLM_F_ACK), NULL,
				   NULL),
		       EINVAL, 0);
}

TEST_F(kvrm, unknown_and_truncated_attributes)
{
	struct nl_msg *msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_ACK);
	char long_name[KVRM_GUEST_NAME_MAX + 2];

	nla_put_u32(msg, UNKNOWN_ATTR, 1);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, UNKNOWN_ATTR);

	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_ACK);
	nla_put_u16(msg, KVRM_A_GUEST_ID, 1);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_ID);

	/* An attribute of another command. */
	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_DEL, NLM_F_ACK);
	nla_put_u32(msg, KVRM_A_GUEST_ID, 1);
	nla_put_u64(msg, KVRM_A_GUEST_USAGE_NS, 1);
	EXPECT_REFUSED(kvrmnl_send(&self->nl, msg, NULL, NULL), EINVAL, KVRM_A_GUEST_USAGE_NS);

	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	nla_put(msg, KVRM_A_GUEST_UUID, 15, uuid_a);
	EXPECT_EQ(KVRM_A_GUEST_UUID, kvrmnl_send(&self->nl, msg, NULL, NULL).bad_attr);
	msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_ADD, NLM_F_ACK);
	nla_put_string(msg, KVRM_A_GUEST_NAME, long_name);
	EXPECT_EQ(KVRM_A_GUEST_NAME, kvrmnl_send(&self->nl, msg, NULL, NULL).bad_attr);
}

TEST_F(kvrm, cgroup_refusals)
{
	struct kvrmguest wrong = { .dir = 999 };

	EXPECT_REFUSED(add(&self->nl, &wrong, uuid_a, 0, NULL), EBADF, KVRM_A_GUEST_CGROUP_FD);
	wrong.dir = open("/proc", O_RDONLY);
	EXPECT_REFUSED(add(&self->nl, &wrong, uuid_a, 0, NULL), EBADF, KVRM_A_GUEST_CGROUP_FD);
	close(wrong.dir);
	wrong.dir = open("/sys/fs/cgroup", O_RDONLY);
	EXPECT_REFUSED(add(&self->nl, &wrong, uuid_a, 0, NULL), EINVAL, KVRM_A_GUEST_CGROUP_FD);
	close(wrong.dir);
	/* No virtual machine in it, then a process that is none. */
	EXPECT_REFUSED(add(&self->nl, &self->other, uuid_a, 0, NULL), ENODEV,
		       KVRM_A_GUEST_CGROUP_FD);
	EXPECT_REFUSED(add(&self->nl, &self->g, uuid_zero, 0, NULL), EINVAL, KVRM_A_GUEST_UUID);
}

/* In a mount namespace of its own, with something over a file of the cgroup. */
static int check_mounted_over(struct kvrmnl *nl, const struct kvrmguest *g, const char *file,
			      const char *over)
{
	struct kvrmguest here = *g;
	struct kvrmnl_reply reply;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", g->path, file);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(over, path, NULL, MS_BIND, NULL))
		return 2;
	here.dir = open(g->path, O_RDONLY | O_DIRECTORY);
	reply = add(nl, &here, uuid_a, 250000, NULL);
	if (reply.error == -EXDEV && reply.bad_attr == KVRM_A_GUEST_CGROUP_FD)
		return 0;
	printf("# %d %s\n", reply.error, reply.sentence);
	return 1;
}

/* What the kernel writes, with all its rights, are the cgroup's files and no others. */
TEST_F(kvrm, something_mounted_over_a_file)
{
	static const char *const files[] = { "cpu.stat", "cpu.max", "cpu.max.burst", "cpu.weight" };
	char over[] = "/tmp/kvrm-XXXXXX", text[32] = "";
	int fd = mkstemp(over), status;
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(9, write(fd, "untouched", 9));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		pid = fork();
		if (!pid)
			_exit(check_mounted_over(&self->nl, &self->g, files[i], over));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status)
		{
			TH_LOG("%s", files[i]);
		}
	}
	EXPECT_EQ(9, pread(fd, text, sizeof(text) - 1, 0));
	EXPECT_STREQ("untouched", text);
	close(fd);
	unlink(over);
	/* Elsewhere nothing is mounted there. */
	EXPECT_EQ(0, add(&self->nl, &self->g, uuid_a, 250000, NULL).error);
}

TEST_F(kvrm, removed_cgroup)
{
	struct kvrmguest gone = { .dir = dup(self->other.dir) };

	kvrmguest_remove(&self->other);
	EXPECT_NE(0, add(&self->nl, &gone, uuid_a, 0, NULL).error);
	close(gone.dir);
}

TEST_F(kvrm, same_guest_twice)
{
	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, NULL).error);
	EXPECT_REFUSED(add(&self->nl, &self->g, uuid_b, 0, NULL), EEXIST, KVRM_A_GUEST_CGROUP_FD);
	ASSERT_EQ(0, kvrmguest_start(&self->other, "halt", 1));
	EXPECT_REFUSED(add(&self->nl, &self->other, uuid_a, 0, NULL), EEXIST, KVRM_A_GUEST_UUID);
	EXPECT_EQ(0, add(&self->nl, &self->other, uuid_b, 0, NULL).error);
}

TEST_F(kvrm, two_machines_in_one_cgroup)
{
	struct kvrmguest second = self->g;

	ASSERT_EQ(0, kvrmguest_start(&second, "halt", 1));
	EXPECT_REFUSED(add(&self->nl, &self->g, uuid_a, 0, NULL), EBUSY, KVRM_A_GUEST_CGROUP_FD);
	kvrmguest_kill(&second);
}

/* Who may call is looked at first: what the request says does not matter. */
static int check_unprivileged(struct kvrmnl *nl)
{
	for (size_t i = 0; i < kvrmspec_n_cmds; i++) {
		const struct kvrmspec_cmd *cmd = &kvrmspec_cmds[i];
		int flags = cmd->can_do ? NLM_F_ACK : NLM_F_DUMP;
		struct kvrmnl_reply reply =
			kvrmnl_send(nl, kvrmnl_request(nl, cmd->cmd, flags), NULL, NULL);

		if (cmd->admin != (reply.error == -EPERM)) {
			printf("# %s: %d\n", cmd->name, reply.error);
			return 1;
		}
	}
	return 0;
}

TEST_F(kvrm, unprivileged_callers)
{
	int status;
	pid_t pid;

	for (int how = 0; how < 2; how++) {
		pid = fork();
		if (!pid) {
			/* A plain user, then the root of a user namespace of its own. */
			if (setgid(65534) || setuid(65534) || (how && unshare(CLONE_NEWUSER)))
				_exit(2);
			if (add(&self->nl, &self->g, uuid_a, 0, NULL).error != -EPERM)
				_exit(3);
			_exit(check_unprivileged(&self->nl));
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
}

static int check_elsewhere(struct kvrmnl *nl, const char *root)
{
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_HOST_GET, NLM_F_ACK);

	if (setgid(65534) || setuid(65534) || unshare(CLONE_NEWUSER) || chroot(root) || chdir("/"))
		return 2;
	return kvrmnl_send(nl, msg, NULL, NULL).error ? 1 : 0;
}

/* What the kernel's files are called is not looked up in the caller's root, where it may wait. */
TEST_F(kvrm, callers_with_another_root)
{
	static const char *const below[] = { "/sys", "/sys/kernel", "/sys/kernel/sched_ext" };
	char root[] = "/tmp/kvrm-XXXXXX", path[64];
	int fifo = -1, status = -1;
	pid_t pid, ended = 0;

	ASSERT_NE(NULL, mkdtemp(root));
	ASSERT_EQ(0, chmod(root, 0755));
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), "%s%s", root, below[i]);
		ASSERT_EQ(0, mkdir(path, 0755));
	}
	snprintf(path, sizeof(path), "%s/sys/kernel/sched_ext/state", root);
	ASSERT_EQ(0, mkfifo(path, 0644));
	pid = fork();
	if (!pid)
		_exit(check_elsewhere(&self->nl, root));
	for (int i = 0; i < 500 && !ended; i++) {
		usleep(10000);
		ended = waitpid(pid, &status, WNOHANG);
	}
	EXPECT_EQ(pid, ended);
	if (!ended) {
		/* Let it go on: it holds what the whole host waits for. */
		fifo = open(path, O_RDWR);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		close(fifo);
	}
	EXPECT_EQ(0, status);
	unlink(path);
	for (size_t i = ARRAY_SIZE(below); i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s", root, below[i]);
		rmdir(path);
	}
	rmdir(root);
}

TEST_F(kvrm, other_network_namespace)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct kvrmnl nl;

		if (unshare(CLONE_NEWNET))
			_exit(2);
		_exit(kvrmnl_open(&nl) == -ENOENT ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

static int on_event(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[64] = { 0 };

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, 63, NULL);
	see(attrs, genlmsg_hdr(nlmsg_hdr(msg))->cmd, data);
	return NL_STOP;
}

TEST_F(kvrm, notifications)
{
	struct nl_sock *listener = nl_socket_alloc();
	struct timeval timeout = { .tv_sec = 20 };
	struct seen s = { 0 }, event = { 0 };

	ASSERT_EQ(0, genl_connect(listener));
	nl_socket_disable_seq_check(listener);
	ASSERT_EQ(0, nl_socket_add_membership(listener, self->nl.group));
	setsockopt(nl_socket_get_fd(listener), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	nl_socket_modify_cb(listener, NL_CB_VALID, NL_CB_CUSTOM, on_event, &event);

	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 250000, &s).error);
	ASSERT_EQ(0, nl_recvmsgs_default(listener));
	EXPECT_EQ(KVRM_CMD_GUEST_ADD_NTF, event.cmd);
	EXPECT_EQ(250000, event.limit_us);

	ASSERT_EQ(0, set_limit(&self->nl, s.id, 300000).error);
	ASSERT_EQ(0, nl_recvmsgs_default(listener));
	EXPECT_EQ(KVRM_CMD_GUEST_SET_NTF, event.cmd);
	EXPECT_EQ(300000, event.limit_us);

	kvrmguest_kill(&self->g);
	ASSERT_EQ(0, nl_recvmsgs_default(listener));
	EXPECT_EQ(KVRM_CMD_GUEST_DEL_NTF, event.cmd);
	EXPECT_EQ(KVRM_REMOVAL_REASON_EXITED, event.reason);
	EXPECT_EQ(s.id, event.id);

	ASSERT_EQ(0, kvrmguest_start(&self->g, "spin", 1));
	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, &s).error);
	ASSERT_EQ(0, nl_recvmsgs_default(listener));
	ASSERT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_DEL, s.id, NULL).error);
	ASSERT_EQ(0, nl_recvmsgs_default(listener));
	EXPECT_EQ(KVRM_CMD_GUEST_DEL_NTF, event.cmd);
	EXPECT_EQ(KVRM_REMOVAL_REASON_REQUESTED, event.reason);
	nl_socket_free(listener);
}

/* Whether what its thread ran is told by mode, and is what it ran. */
static bool modes_add_up(struct nlattr **a)
{
	static const int modes[] = { KVRM_A_VCPU_GUEST_NS, KVRM_A_VCPU_KERNEL_NS,
				     KVRM_A_VCPU_USER_NS };
	uint64_t sum = 0;

	for (int i = 0; i < 3; i++) {
		if (!a[modes[i]])
			return false;
		sum += nla_get_u64(a[modes[i]]);
	}
	return sum == nla_get_u64(a[KVRM_A_VCPU_RUNNING_NS]);
}

static void see_vcpu(struct nlattr **a, int cmd, void *data)
{
	int *seen = data;

	/* A thread's id is there once it has run the virtual CPU. */
	if (a[KVRM_A_VCPU_RUNNING_NS] && a[KVRM_A_VCPU_HALTED_NS] && a[KVRM_A_VCPU_EXITS] &&
	    a[KVRM_A_VCPU_WAITING_NS] && a[KVRM_A_VCPU_ELAPSED_NS] && modes_add_up(a))
		seen[nla_get_u32(a[KVRM_A_VCPU_INDEX]) & 63]++;
}

TEST_F(kvrm, vcpu_dump)
{
	struct seen a = { 0 }, b = { 0 };
	struct kvrmnl_reply reply;
	int seen[64] = { 0 };
	struct nl_msg *msg;

	ASSERT_EQ(0, kvrmguest_start(&self->other, "halt", 20));
	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, &a).error);
	ASSERT_EQ(0, add(&self->nl, &self->other, uuid_b, 0, &b).error);
	/* 21 virtual CPUs do not fit into one buffer. */
	msg = kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	reply = kvrmnl_send(&self->nl, msg, see_vcpu, seen);
	EXPECT_EQ(0, reply.error);
	EXPECT_EQ(21, reply.count);
	EXPECT_EQ(2, seen[0]);
	for (int i = 1; i < 20; i++)
		EXPECT_EQ(1, seen[i]);
	msg = kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, b.id);
	EXPECT_EQ(20, kvrmnl_send(&self->nl, msg, NULL, NULL).count);
	msg = kvrmnl_request(&self->nl, KVRM_CMD_VCPU_GET, NLM_F_DUMP);
	nla_put_u32(msg, KVRM_A_VCPU_GUEST_ID, 12345);
	EXPECT_EQ(-ENOENT, kvrmnl_send(&self->nl, msg, NULL, NULL).error);
}

/* What the virtual CPU runs, which is all of a CPU, is none of the other threads'. */
TEST_F(kvrm, other_threads)
{
	struct seen before = { 0 }, after = { 0 };

	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, &before).error);
	EXPECT_NE(NOT_TOLD, before.emulator_ns);
	EXPECT_EQ(0, before.io_ns);
	EXPECT_EQ(NOT_TOLD, before.vhost_ns);
	usleep(500000);
	ASSERT_EQ(0, with_id(&self->nl, KVRM_CMD_GUEST_GET, before.id, &after).error);
	EXPECT_GE(after.emulator_ns, before.emulator_ns);
	EXPECT_LE(after.emulator_ns - before.emulator_ns, 100000000);
	EXPECT_EQ(0, after.io_ns);
	EXPECT_EQ(NOT_TOLD, after.vhost_ns);
}

TEST_F_TIMEOUT(kvrm, dumps_while_guests_come_and_go, 240)
{
	struct kvrmnl_reply reply;
	struct seen s = { 0 };
	struct nl_msg *msg;
	int status;
	pid_t pid;

	ASSERT_EQ(0, add(&self->nl, &self->g, uuid_a, 0, NULL).error);
	ASSERT_EQ(0, kvrmguest_start(&self->other, "spin", 1));
	pid = fork();
	if (!pid) {
		struct kvrmnl nl;

		if (kvrmnl_open(&nl))
			_exit(1);
		for (int i = 0; i < 100; i++) {
			if (add(&nl, &self->other, uuid_b, 0, &s).error ||
			    with_id(&nl, KVRM_CMD_GUEST_DEL, s.id, NULL).error)
				_exit(1);
		}
		_exit(0);
	}
	while (!waitpid(pid, &status, WNOHANG)) {
		struct seen dump = { 0 };

		msg = kvrmnl_request(&self->nl, KVRM_CMD_GUEST_GET, NLM_F_DUMP);
		reply = kvrmnl_send(&self->nl, msg, see, &dump);
		ASSERT_EQ(0, reply.error);
		/*
		 * The guest that stays is always there, and no id twice. The other one may be seen
		 * under two ids, but then the dump is marked.
		 */
		EXPECT_GE(dump.count, 1);
		EXPECT_TRUE(dump.count <= 2 || reply.intr);
		EXPECT_FALSE(dump.out_of_order);
	}
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
