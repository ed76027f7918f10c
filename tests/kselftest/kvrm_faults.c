// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lack of memory: every allocation that a command makes in the module fails once. A command that is
 * refused for that must have changed nothing; one that is not must have done all of it, and have told
 * so, or told that something could not be told.
 *
 * Then the module's workers, too, lack memory now and then.
 *
 * Needs a kernel with fault injection (failslab, fail_page_alloc), and the same as kvrm_pools.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmpools.h"
#include "kvrmspec.h"
#include "kvrmword.h"

#define TRIES_MAX 400
/* Limits are written at most every 200 ms, and a try may write three times. */
#define SETTLE_US 650000
#define LINES_MAX 64

static const char *const injectors[] = { "failslab", "fail_page_alloc" };

static struct kvrmpools tree;
static struct kvrmguest other_b, other_ga;
static uint32_t id_a, id_r, id_b;
static int fail_nth = -1, listener = -1;
static unsigned int turn;

#define ASK(cmd, ...) kvrmword_ask(&tree.nl, cmd, NULL, NULL, __VA_ARGS__)

__attribute__((format(printf, 3, 4))) static int inject(const char *injector, const char *file,
							const char *format, ...)
{
	char path[128], text[64];
	va_list args;
	ssize_t length;
	int fd;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", injector, file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	length = write(fd, text, strlen(text));
	close(fd);
	return length < 0 ? -errno : 0;
}

/* Where the module's code is. */
static int find_text(unsigned long *ret_start, unsigned long *ret_end)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long address;
	char line[512], type;

	*ret_start = ~0UL;
	*ret_end = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (!strstr(line, "\t[kvrm]") || sscanf(line, "%lx %c", &address, &type) != 2 ||
		    (type != 't' && type != 'T'))
			continue;
		if (address < *ret_start)
			*ret_start = address;
		if (address > *ret_end)
			*ret_end = address;
	}
	if (file)
		fclose(file);
	/* The last function ends within its page, or in the next one, where no other module begins. */
	*ret_end = (*ret_end | 4095) + 1;
	return *ret_start < *ret_end ? 0 : -ENOENT;
}

/* Only allocations with the module's code on the stack fail; none for now. */
static int prepare_injectors(void)
{
	unsigned long start, end;
	int r = find_text(&start, &end);

	for (size_t i = 0; i < sizeof(injectors) / sizeof(injectors[0]) && !r; i++) {
		const char *name = injectors[i];

		r = inject(name, "probability", "0") ?:
			    inject(name, "task-filter", "N") ?:
			    inject(name, "verbose", "0") ?:
			    inject(name, "ignore-gfp-wait", "N") ?:
			    inject(name, "stacktrace-depth", "32") ?:
			    inject(name, "require-start", "0x%lx", start) ?:
			    inject(name, "require-end", "0x%lx", end);
	}
	if (!r)
		r = inject("fail_page_alloc", "min-order", "0");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	return fail_nth < 0 ? -errno : r;
}

static void leave_injectors(void)
{
	for (size_t i = 0; i < sizeof(injectors) / sizeof(injectors[0]); i++) {
		inject(injectors[i], "probability", "0");
		inject(injectors[i], "require-start", "0");
		inject(injectors[i], "require-end", "0x%lx", ~0UL);
	}
}

/* The @nth allocation of this thread from now on fails; 0: none. */
static void fail_at(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, (size_t)length, 0) != length)
		ksft_exit_fail_msg("fail-nth cannot be written\n");
}

static bool has_failed(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		ksft_exit_fail_msg("fail-nth cannot be read\n");
	return !atoi(text);
}

/* Everything the module knows that does not change by itself, a line for each guest and pool. */
struct picture {
	const struct kvrmspec_set *set;
	char lines[LINES_MAX][600];
	int n;
	char max[4][64];
};

static bool changes_by_itself(const char *name)
{
	static const char *const names[] = { "limited-ns",	"usage-ns",
					     "cpu-demand-us",	"cpu-used-us",
					     "reasserted",	"cpu-quota-us",
					     "cpu-entitled-us", "cpu-weight-applied",
					     "cpu-period-us" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static void print_value(char *text, size_t size, const struct kvrmspec_attr *attr, struct nlattr *a)
{
	switch (attr->kind) {
	case 'b':
		snprintf(text, size, "%s=%u ", attr->name, nla_get_u8(a));
		break;
	case 'u':
		snprintf(text, size, "%s=%" PRIu32 " ", attr->name, nla_get_u32(a));
		break;
	case 'U':
		snprintf(text, size, "%s=%" PRIu64 " ", attr->name, nla_get_u64(a));
		break;
	case 's':
		snprintf(text, size, "%s=%s ", attr->name, nla_get_string(a));
		break;
	case 'x':
		snprintf(text, size, "%s=%.*s ", attr->name, nla_len(a), (const char *)nla_data(a));
		break;
	default:
		snprintf(text, size, "%s ", attr->name);
	}
}

static void see(struct nlattr **a, int cmd, void *data)
{
	struct picture *picture = data;
	char *line = picture->lines[picture->n];

	if (picture->n == LINES_MAX)
		return;
	*line = '\0';
	for (size_t i = 0; i < picture->set->n; i++) {
		const struct kvrmspec_attr *attr = &picture->set->attrs[i];
		size_t length = strlen(line);

		if (a[attr->type] && !changes_by_itself(attr->name))
			print_value(line + length, sizeof(picture->lines[0]) - length, attr,
				    a[attr->type]);
	}
	picture->n++;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void take_picture(struct picture *picture)
{
	const struct kvrmguest *cgroups[] = { &tree.a, &tree.b, &tree.ga, &tree.gr };
	static const int cmds[] = { KVRM_CMD_GUEST_GET, KVRM_CMD_POOL_GET };

	picture->n = 0;
	for (int i = 0; i < 2; i++) {
		picture->set = kvrmspec_cmd(cmds[i])->set;
		kvrmnl_send(&tree.nl, kvrmnl_request(&tree.nl, cmds[i], NLM_F_DUMP), see, picture);
	}
	/* Those in a pool are told in any order. */
	qsort(picture->lines, (size_t)picture->n, sizeof(picture->lines[0]), compare_lines);
	for (int i = 0; i < 4; i++) {
		if (kvrmguest_read(cgroups[i], "cpu.max", picture->max[i], sizeof(picture->max[i])))
			picture->max[i][0] = '\0';
	}
}

static const char *difference(const struct picture *a, const struct picture *b)
{
	static char text[1400];

	if (a->n != b->n)
		return "guests or pools have come or gone";
	for (int i = 0; i < a->n; i++) {
		if (!strcmp(a->lines[i], b->lines[i]))
			continue;
		snprintf(text, sizeof(text), "%s -> %s", a->lines[i], b->lines[i]);
		return text;
	}
	for (int i = 0; i < 4; i++) {
		if (!strcmp(a->max[i], b->max[i]))
			continue;
		snprintf(text, sizeof(text), "cpu.max %d: %s -> %s", i, a->max[i], b->max[i]);
		return text;
	}
	return NULL;
}

/* A limit that could not be written back is written a moment later. */
static const char *changed_since(const struct picture *before)
{
	static struct picture now;
	const char *what = NULL;

	for (int i = 0; i < 30; i++) {
		take_picture(&now);
		what = difference(before, &now);
		if (!what || strncmp(what, "cpu.max", strlen("cpu.max")))
			break;
		usleep(100000);
	}
	return what;
}

static void listen_to_all(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock || genl_connect(sock) ||
	    nl_socket_add_memberships(sock, tree.nl.group, tree.nl.pool_group, 0))
		ksft_exit_fail_msg("cannot listen\n");
	/* It is read without the library. */
	listener = nl_socket_get_fd(sock);
}

/* Whether something was told, or that something was lost; takes all of it. */
static bool was_told(void)
{
	static char bytes[32768];
	bool told = false;

	for (;;) {
		ssize_t length = recv(listener, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (length < 0 && errno != ENOBUFS)
			return told;
		told = true;
	}
}

/* The commands, each with its undoing. */

static struct kvrmnl_reply add_guest(void)
{
	char words[96];

	snprintf(words, sizeof(words), "limit=%u pool=%u reservation=100000 weight=7",
		 150000 + turn++ % 100 * 1000, tree.id);
	return kvrmpools_register(&tree, &tree.ga, words, &id_a);
}

static void del_ids(int cmd)
{
	static struct picture picture;
	unsigned int id;

	/* The reply that tells its id may be what was lost. */
	take_picture(&picture);
	for (int i = 0; i < picture.n; i++) {
		bool pool = !!strstr(picture.lines[i], "cpu-expandable=");

		if (pool != (cmd == KVRM_CMD_POOL_DEL) ||
		    !strstr(picture.lines[i], pool ? "name=pool" : "name=ga"))
			continue;
		if (sscanf(picture.lines[i], "id=%u", &id) == 1 && id != tree.id)
			ASK(cmd, "id=%u", id);
	}
}

static void undo_add_guest(void)
{
	del_ids(KVRM_CMD_GUEST_DEL);
}

static struct kvrmnl_reply add_pool(void)
{
	char words[96];

	snprintf(words, sizeof(words), "limit=%u reservation=100000 weight=7 expandable=0",
		 150000 + turn++ % 100 * 1000);
	return kvrmpools_add(&tree, &tree.b, words, &id_b);
}

static void undo_add_pool(void)
{
	del_ids(KVRM_CMD_POOL_DEL);
}

static struct kvrmnl_reply set_guest(void)
{
	return ASK(KVRM_CMD_GUEST_SET, "id=%u name=x weight=9 reservation=110000 limit=%u", id_a,
		   150000 + turn++ % 100 * 1000);
}

static void undo_set_guest(void)
{
	ASK(KVRM_CMD_GUEST_SET, "id=%u name=ga weight=7 reservation=100000 limit=unlimited", id_a);
}

static void move_process(const struct kvrmguest *to)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", tree.ga.pid);
	if (kvrmguest_write(to, "cgroup.procs", pid))
		ksft_exit_fail_msg("the guest cannot be moved\n");
}

static struct kvrmnl_reply move_guest(void)
{
	return ASK(KVRM_CMD_GUEST_SET, "id=%u cgroup-fd=%d weight=9", id_a, other_ga.dir);
}

static void prepare_move_guest(void)
{
	move_process(&other_ga);
}

static void undo_move_guest(void)
{
	move_process(&tree.ga);
	ASK(KVRM_CMD_GUEST_SET, "id=%u cgroup-fd=%d weight=7", id_a, tree.ga.dir);
}

static struct kvrmnl_reply set_pool(void)
{
	return ASK(KVRM_CMD_POOL_SET,
		   "id=%u name=x weight=9 reservation=110000 expandable=1 limit=%u", id_b,
		   150000 + turn++ % 100 * 1000);
}

static void undo_set_pool(void)
{
	ASK(KVRM_CMD_POOL_SET,
	    "id=%u name=pool weight=7 reservation=100000 expandable=0 limit=unlimited", id_b);
}

static struct kvrmnl_reply move_pool(void)
{
	return ASK(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d weight=9", id_b, other_b.dir);
}

static void undo_move_pool(void)
{
	ASK(KVRM_CMD_POOL_SET, "id=%u cgroup-fd=%d weight=7", id_b, tree.b.dir);
}

static struct kvrmnl_reply set_root(void)
{
	return ASK(KVRM_CMD_POOL_SET, "id=%u reserve=50000 name=x", KVRM_POOL_ROOT_ID);
}

static void undo_set_root(void)
{
	ASK(KVRM_CMD_POOL_SET, "id=%u reserve=%u name=host", KVRM_POOL_ROOT_ID,
	    KVRMPOOLS_HOST_RESERVE_US);
}

static struct kvrmnl_reply set_several(void)
{
	unsigned int limit = 150000 + turn++ % 100 * 1000;

	return ASK(KVRM_CMD_BATCH_SET,
		   "guest %u limit=%u weight=9;pool %u limit=%u reservation=110000;"
		   "guest %u limit=%u",
		   id_a, limit, id_b, limit, id_r, limit);
}

static void undo_set_several(void)
{
	ASK(KVRM_CMD_BATCH_SET,
	    "guest %u limit=unlimited weight=7;pool %u limit=unlimited reservation=100000;"
	    "guest %u limit=unlimited",
	    id_a, id_b, id_r);
}

static struct kvrmnl_reply dump(int cmd)
{
	return kvrmnl_send(&tree.nl, kvrmnl_request(&tree.nl, cmd, NLM_F_DUMP), NULL, NULL);
}

static struct kvrmnl_reply get_host(void)
{
	return ASK(KVRM_CMD_HOST_GET, "%s", "");
}

static struct kvrmnl_reply get_guest(void)
{
	return ASK(KVRM_CMD_GUEST_GET, "id=%u", id_a);
}

static struct kvrmnl_reply get_pool(void)
{
	return ASK(KVRM_CMD_POOL_GET, "id=%u", id_b);
}

static struct kvrmnl_reply dump_guests(void)
{
	return dump(KVRM_CMD_GUEST_GET);
}

static struct kvrmnl_reply dump_pools(void)
{
	return dump(KVRM_CMD_POOL_GET);
}

static struct kvrmnl_reply dump_vcpus(void)
{
	return dump(KVRM_CMD_VCPU_GET);
}

static struct kvrmnl_reply del_guest(void)
{
	return ASK(KVRM_CMD_GUEST_DEL, "id=%u", id_a);
}

static void undo_del_guest(void)
{
	add_guest();
}

static struct kvrmnl_reply del_pool(void)
{
	return ASK(KVRM_CMD_POOL_DEL, "id=%u", id_b);
}

static void undo_del_pool(void)
{
	add_pool();
}

static const struct trial {
	const char *name;
	struct kvrmnl_reply (*run)(void);
	void (*undo)(void);    /* after it was done */
	void (*prepare)(void); /* before it */
	void (*recover)(void); /* after it was refused */
	bool settles;	       /* limits are written again and again */
	bool registered;       /* guests and the pool b are there */
	bool told;	       /* listeners are told what has changed */
} trials[] = {
	{ "guest-add", add_guest, undo_add_guest, .told = true },
	{ "pool-add", add_pool, undo_add_pool, .told = true },
	{ "host-get", get_host, .registered = true },
	{ "guest-get", get_guest, .registered = true },
	{ "pool-get", get_pool, .registered = true },
	{ "guest-get dump", dump_guests, .registered = true },
	{ "pool-get dump", dump_pools, .registered = true },
	{ "vcpu-get dump", dump_vcpus, .registered = true },
	{ "guest-set", set_guest, undo_set_guest, .settles = true, .registered = true,
	  .told = true },
	{ "guest-set, another cgroup", move_guest, undo_move_guest, prepare_move_guest,
	  undo_move_guest, .registered = true, .told = true },
	{ "pool-set", set_pool, undo_set_pool, .settles = true, .registered = true, .told = true },
	{ "pool-set, another cgroup", move_pool, undo_move_pool, .registered = true, .told = true },
	{ "pool-set of the root", set_root, undo_set_root, .registered = true, .told = true },
	{ "batch-set", set_several, undo_set_several, .settles = true, .registered = true,
	  .told = true },
	{ "guest-del", del_guest, undo_del_guest, .registered = true, .told = true },
	{ "pool-del", del_pool, undo_del_pool, .registered = true, .told = true },
};

#define TRIALS (sizeof(trials) / sizeof(trials[0]))

static void register_all(void)
{
	if (add_guest().error || add_pool().error ||
	    kvrmpools_register(&tree, &tree.gr, "limit=unlimited", &id_r).error)
		ksft_exit_fail_msg("guests and pools cannot be added\n");
	undo_set_guest();
	undo_set_pool();
}

/* One allocation fails. Returns what is wrong, if anything. */
static const char *fail_once(const struct trial *trial, unsigned int nth, bool *ret_failed,
			     bool *ret_refused)
{
	static struct picture before;
	struct kvrmnl_reply reply;
	const char *what;

	if (trial->settles)
		usleep(SETTLE_US);
	take_picture(&before);
	if (trial->prepare)
		trial->prepare();
	was_told();
	fail_at(nth);
	reply = trial->run();
	*ret_failed = has_failed();
	fail_at(0);
	*ret_refused = reply.error;
	if (!reply.error) {
		if (trial->told && !was_told())
			return "nobody was told";
		if (trial->undo)
			trial->undo();
		return NULL;
	}
	if (trial->recover)
		trial->recover();
	if (!*ret_failed || reply.error != -ENOMEM)
		return strerror(-reply.error);
	what = changed_since(&before);
	return what ? what : trial->told && was_told() && !trial->recover ? "it was told" : NULL;
}

static bool fail_each(const struct trial *trial)
{
	unsigned int nth, refused = 0;
	bool failed = true, was_refused;
	const char *wrong = NULL;

	for (nth = 0; failed && !wrong && nth < TRIES_MAX; nth++) {
		wrong = fail_once(trial, nth + 1, &failed, &was_refused);
		refused += was_refused;
	}
	ksft_print_msg("%s: of %u allocations that failed, %u were fatal\n", trial->name, nth - 1,
		       refused);
	if (wrong)
		ksft_print_msg("without allocation %u: %s\n", nth, wrong);
	return !wrong && !failed;
}

/* What is done by workers fails at random. */
static bool fail_workers(void)
{
	unsigned int done = 0, refused = 0, other = 0;
	static struct picture before;
	const char *wrong;

	take_picture(&before);
	inject("failslab", "times", "-1");
	inject("failslab", "probability", "10");
	for (int i = 0; i < 200; i++) {
		const struct trial *trial = &trials[i % TRIALS];
		struct kvrmnl_reply reply;

		if (!trial->registered || trial->run == del_guest || trial->run == del_pool)
			continue;
		if (trial->prepare)
			trial->prepare();
		reply = trial->run();
		done += !reply.error;
		refused += reply.error == -ENOMEM;
		other += reply.error && reply.error != -ENOMEM;
		inject("failslab", "probability", "0");
		if (!reply.error && trial->undo)
			trial->undo();
		if (reply.error && trial->recover)
			trial->recover();
		inject("failslab", "probability", "10");
	}
	usleep(500000);
	inject("failslab", "probability", "0");
	wrong = changed_since(&before);
	ksft_print_msg("%u done, %u refused for lack of memory, %u for something else%s%s\n", done,
		       refused, other, wrong ? "; " : "", wrong ? wrong : "");
	return done && refused && !other && !wrong;
}

int main(void)
{
	bool registered = false;

	ksft_print_header();
	if (access("/sys/kernel/debug/failslab", F_OK))
		ksft_exit_skip("this kernel cannot inject faults\n");
	ksft_set_plan(TRIALS + 1);
	if (kvrmpools_setup(&tree) || kvrmguest_cgroup_in(&other_b, &tree.root, "other-b") ||
	    kvrmguest_cgroup_in(&other_ga, &tree.a, "other-ga"))
		ksft_exit_fail_msg("needs the module, KVM and root\n");
	if (prepare_injectors())
		ksft_exit_fail_msg("faults cannot be injected into the module\n");
	listen_to_all();
	for (size_t i = 0; i < TRIALS; i++) {
		if (trials[i].registered && !registered)
			register_all();
		registered = trials[i].registered;
		ksft_test_result(fail_each(&trials[i]), "%s\n", trials[i].name);
	}
	ksft_test_result(fail_workers(), "workers without memory\n");
	leave_injectors();
	kvrmguest_remove(&other_ga);
	kvrmguest_remove(&other_b);
	kvrmpools_teardown(&tree);
	ksft_finished();
}
