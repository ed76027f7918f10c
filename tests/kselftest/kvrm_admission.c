// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admission by several clients at once. Each has, beside the tree of kvrmpools.h:
 *
 *	root
 *	|- own		a fixed pool: what happens in it depends on nobody else
 *	|  |- guest 0
 *	|  |- guest 1
 *	|  |- inner	a pool that is sometimes expandable
 *	|     |- guest 2
 *	|- fight	a pool that takes of the root what it can get
 *	   |- guest 3
 *
 * and changes them at random, processor and memory in the same command. What the module answers is compared with a model that knows nothing
 * but the promises, and computes everything anew each time. Whether the root has enough for what
 * fights depends on the others: there either answer is right, but nobody may get too much, which is
 * looked for at random moments and, in detail, whenever all is quiet.
 *
 *	kvrm_admission [OPERATIONS [SEED]]	(20000, 1)
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvrmpools.h"
#include "kvrmword.h"

#define CLIENTS	       8
#define ROUNDS	       10
#define OWN_US	       60000u
#define FIGHT_US       400000u
#define OWN_PAGES      4096u
#define UNLIMITED      UINT64_MAX
#define BATCH_MAX      4
#define POOLS_MAX      64
#define LIMIT_MIN_US   ((uint64_t)KVRM_CPU_LIMIT_MIN_US)
#define EITHER	       1 /* beside 0 and negative errnos: 0 or -ENOSPC */
#define DATAGRAM_BYTES 32768

/* The last one is of the model alone: a guest that is nowhere, or that is thought to be somewhere. */
enum { OWN, INNER, GUEST_0, GUEST_1, GUEST_2, FIGHT, GUEST_3, NODES, THOUGHT = NODES, MODELS };

#define IN_ROOT -1
#define NOWHERE -2

enum { CPU, MEMORY, RESOURCES };

/* What the model knows of an allocation. */
struct share {
	bool expandable;
	uint64_t reservation, limit;
};

/* What the model knows of a pool or guest; @parent: one of these, IN_ROOT or NOWHERE; @overhead: a guest's. */
struct node {
	bool pool;
	int parent;
	struct share share[RESOURCES];
	uint64_t overhead;
	uint32_t weight;
};

/* In memory that all processes share. @moves: the guests' cgroups in the other pool. */
static struct client {
	struct node nodes[MODELS];
	uint32_t ids[NODES];
	struct kvrmguest cgroups[NODES], moves[NODES];
	bool moved[NODES];
	unsigned long admitted, refused, won, lost, wrong, invalid;
	char complaint[512];
} *clients;

static struct kvrmpools tree;
static uint32_t spare_id;
/* What the root has, and the largest amount that makes sense; memory in steps of a page. */
static uint64_t reservable[RESOURCES], capacity[RESOURCES], step[RESOURCES];

static const char *const labels[NODES] = { "own", "inner", "0", "1", "2", "fight", "3" };

static uint32_t below(uint64_t n)
{
	return (uint32_t)((uint64_t)random() % n);
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

__attribute__((format(printf, 2, 3))) static void complain(struct client *c, const char *format,
							   ...)
{
	va_list args;

	if (*c->complaint)
		return;
	va_start(args, format);
	vsnprintf(c->complaint, sizeof(c->complaint), format, args);
	va_end(args);
}

/* The model: what a node takes of its parent, and whether everybody keeps the promises. */

static uint64_t claim_of(const struct node *nodes, int i, int r);

static uint64_t claims_in(const struct node *nodes, int pool, int r)
{
	uint64_t sum = 0;

	for (int i = 0; i < MODELS; i++) {
		if (nodes[i].parent == pool)
			sum += claim_of(nodes, i, r);
	}
	return sum;
}

/* What is asked for it alone. */
static uint64_t asked_for(const struct node *node, int r)
{
	return node->share[r].reservation + (r == MEMORY ? node->overhead : 0);
}

static uint64_t claim_of(const struct node *nodes, int i, int r)
{
	if (!nodes[i].pool || !nodes[i].share[r].expandable)
		return asked_for(&nodes[i], r);
	return max_u64(asked_for(&nodes[i], r), claims_in(nodes, i, r));
}

static bool keeps_promise(const struct node *nodes, int i, int r)
{
	const struct share *share = &nodes[i].share[r];
	uint64_t claims = claims_in(nodes, i, r), asked = asked_for(&nodes[i], r);

	if (asked > reservable[r] || asked > share->limit || claims > share->limit)
		return false;
	return !nodes[i].pool || share->expandable || claims <= asked;
}

static bool keeps_promises(const struct node *nodes)
{
	for (int i = 0; i < MODELS * RESOURCES; i++) {
		if (!keeps_promise(nodes, i / RESOURCES, i % RESOURCES))
			return false;
	}
	return true;
}

/* The largest reservation that a node could have, if the root gave all it has. */
static uint64_t largest_for(const struct node *nodes, int i, int r)
{
	uint64_t low = 0, high = capacity[r] / step[r];
	struct node copy[MODELS];

	memcpy(copy, nodes, sizeof(copy));
	while (low < high) {
		uint64_t middle = (low + high + 1) / 2;

		copy[i].share[r].reservation = middle * step[r];
		if (keeps_promises(copy))
			low = middle;
		else
			high = middle - 1;
	}
	return low * step[r];
}

/* What one more guest of the pool could reserve. */
static uint64_t unreserved_in(const struct node *nodes, int pool, int r)
{
	struct node copy[MODELS];

	memcpy(copy, nodes, sizeof(copy));
	copy[THOUGHT].parent = pool;
	return largest_for(copy, THOUGHT, r);
}

/* A change as it is sent, and what it is expected to lead to. */
struct change {
	int node;
	struct node to;
	char words[256];
	int invalid; /* what it is refused with in any case */
	bool misplaced, moves;
};

static void say(struct change *change, const char *format, unsigned long long value)
{
	size_t length = strlen(change->words);

	snprintf(change->words + length, sizeof(change->words) - length, format, value);
}

static uint64_t some_reservation(const struct node *nodes, int i, int r)
{
	bool fights = i == FIGHT || i == GUEST_3;
	uint64_t most = r == CPU ? (fights ? FIGHT_US : OWN_US / 2)
				 : (fights ? reservable[r] / step[r] / 4 : OWN_PAGES / 2);

	/* Where it just fits, and where it just does not. */
	if (one_in(3))
		return largest_for(nodes, i, r) + (one_in(2) ? step[r] : 0);
	return one_in(4) ? 0 : below(most) * step[r];
}

static uint64_t some_limit(const struct node *nodes, int i)
{
	uint64_t least = max_u64(nodes[i].share[CPU].reservation, claims_in(nodes, i, CPU));

	if (one_in(3) && least > LIMIT_MIN_US)
		return least - (one_in(2) ? 1 : 0);
	return LIMIT_MIN_US + below(one_in(2) ? capacity[CPU] - LIMIT_MIN_US + 1 : OWN_US);
}

static void change_limit(struct change *change, const struct node *nodes)
{
	uint64_t *limit = &change->to.share[CPU].limit;

	if (one_in(3)) {
		*limit = UNLIMITED;
		say(change, " limit=unlimited", 0);
		return;
	}
	*limit = some_limit(nodes, change->node);
	if (one_in(40) && !change->invalid) {
		*limit = one_in(2) ? LIMIT_MIN_US - 1 : capacity[CPU] + 1;
		change->invalid = -ERANGE;
	}
	say(change, " limit=%llu", *limit);
}

static void change_weight(struct change *change)
{
	change->to.weight = KVRM_CPU_WEIGHT_MIN + below(KVRM_CPU_WEIGHT_MAX);
	if (one_in(40) && !change->invalid) {
		change->to.weight = one_in(2) ? 0 : KVRM_CPU_WEIGHT_MAX + 1;
		change->invalid = -ERANGE;
	}
	say(change, " weight=%llu", change->to.weight);
}

static void change_memory(struct change *change, const struct node *nodes)
{
	struct share *share = &change->to.share[MEMORY];
	int i = change->node;

	if (i != OWN && one_in(2)) {
		share->reservation = some_reservation(nodes, i, MEMORY);
		if (one_in(40) && !change->invalid) {
			share->reservation += step[MEMORY] / 2;
			change->invalid = -EINVAL;
		}
		say(change, " memory-reservation-bytes=%llu", share->reservation);
	}
	if (!nodes[i].pool && one_in(3)) {
		change->to.overhead = below(OWN_PAGES / 16) * step[MEMORY];
		say(change, " memory-overhead-bytes=%llu", change->to.overhead);
	}
	if ((i == INNER || i == FIGHT) && one_in(4)) {
		share->expandable = one_in(2);
		say(change, " memory-expandable=%llu", share->expandable);
	}
}

/* Some of what can be changed of a node, without changing what others depend on. */
static void some_change(const struct client *c, struct change *change, int i)
{
	*change = (struct change){ .node = i, .to = c->nodes[i] };
	snprintf(change->words, sizeof(change->words), "id=%u", c->ids[i]);
	if (i != OWN && !one_in(3)) {
		change->to.share[CPU].reservation = some_reservation(c->nodes, i, CPU);
		say(change, " reservation=%llu", change->to.share[CPU].reservation);
	}
	if (one_in(3))
		change_limit(change, c->nodes);
	if (one_in(3))
		change_weight(change);
	if ((i == INNER || i == FIGHT) && one_in(3)) {
		change->to.share[CPU].expandable = one_in(2);
		say(change, " expandable=%llu", change->to.share[CPU].expandable);
	}
	if (!one_in(3))
		change_memory(change, c->nodes);
}

/* The guest is to be in the other pool: its process goes there first, or stays away. */
static void some_move(struct client *c, struct change *change, int i)
{
	const struct kvrmguest *to = c->moved[i] ? &c->cgroups[i] : &c->moves[i];
	char pid[16];

	change->to.parent = c->nodes[i].parent == OWN ? INNER : OWN;
	say(change, " pool=%llu", c->ids[change->to.parent]);
	change->misplaced = one_in(2);
	if (change->misplaced)
		return;
	change->moves = true;
	say(change, " cgroup-fd=%llu", (unsigned int)to->dir);
	snprintf(pid, sizeof(pid), "%d", c->cgroups[i].pid);
	if (kvrmguest_write(to, "cgroup.procs", pid))
		complain(c, "guest %s cannot be moved to %s", labels[i], to->path);
}

/* What has come of a move: the process is where the guest is. */
static void end_move(struct client *c, const struct change *change, bool made)
{
	const struct kvrmguest *back =
		c->moved[change->node] ? &c->moves[change->node] : &c->cgroups[change->node];
	char pid[16];

	if (made) {
		c->moved[change->node] = !c->moved[change->node];
		return;
	}
	snprintf(pid, sizeof(pid), "%d", c->cgroups[change->node].pid);
	if (kvrmguest_write(back, "cgroup.procs", pid))
		complain(c, "guest %s cannot be moved back", labels[change->node]);
}

/* One answer for all changes together; @after: what they lead to. */
static int expected(const struct client *c, const struct change *changes, int n, struct node *after)
{
	memcpy(after, c->nodes, sizeof(c->nodes));
	for (int i = 0; i < n; i++) {
		if (changes[i].invalid)
			return changes[i].invalid;
		after[changes[i].node] = changes[i].to;
	}
	if (!keeps_promises(after))
		return -ENOSPC;
	for (int r = 0; r < RESOURCES; r++) {
		if (claim_of(after, FIGHT, r) > claim_of(c->nodes, FIGHT, r))
			return EITHER;
	}
	return changes[0].misplaced ? -EXDEV : 0;
}

static struct kvrmnl_reply ask(const struct client *c, struct kvrmnl *nl,
			       const struct change *changes, int n)
{
	char words[1024] = "";
	size_t length = 0;

	if (n == 1)
		return kvrmword_ask(nl,
				    c->nodes[changes->node].pool ? KVRM_CMD_POOL_SET
								 : KVRM_CMD_GUEST_SET,
				    NULL, NULL, "%s", changes->words);
	for (int i = 0; i < n; i++)
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s %s;",
					   c->nodes[changes[i].node].pool ? "pool" : "guest",
					   changes[i].words);
	return kvrmword_ask(nl, KVRM_CMD_BATCH_SET, NULL, NULL, "%s", words);
}

static void count(struct client *c, int wanted, int error)
{
	if (wanted == EITHER)
		(*(error ? &c->lost : &c->won))++;
	else if (wanted == -ENOSPC)
		c->refused++;
	else
		(*(error ? &c->invalid : &c->admitted))++;
}

static void judge(struct client *c, const struct change *changes, int n, struct kvrmnl_reply reply,
		  int wanted, const struct node *after)
{
	bool right =
		wanted == EITHER ? !reply.error || reply.error == -ENOSPC : reply.error == wanted;

	count(c, wanted, reply.error);
	if (!reply.error)
		memcpy(c->nodes, after, sizeof(c->nodes));
	if (right)
		return;
	c->wrong++;
	complain(c, "%d change(s), the last one '%s': %d (%s), wanted %d", n, changes[n - 1].words,
		 reply.error, reply.sentence, wanted);
}

static void operate(struct client *c, struct kvrmnl *nl)
{
	struct change changes[BATCH_MAX];
	int n = one_in(3) ? 2 + (int)below(BATCH_MAX - 1) : 1;
	int first = (int)below(NODES), step = 1 + (int)below(NODES - 1), wanted;
	struct kvrmnl_reply reply;
	struct node after[MODELS];

	/* NODES is a prime number: no node comes twice. */
	for (int i = 0; i < n; i++)
		some_change(c, &changes[i], (first + i * step) % NODES);
	if (n == 1 && first >= GUEST_0 && first <= GUEST_2 && one_in(10))
		some_move(c, &changes[0], first);
	wanted = expected(c, changes, n, after);
	reply = ask(c, nl, changes, n);
	judge(c, changes, n, reply, wanted, after);
	if (changes[0].moves)
		end_move(c, &changes[0], !reply.error);
}

/* The same of memory; what is claimed is protected, since the command was answered. */
static void compare_memory(struct client *c, const struct kvrmpools_seen *s, int i)
{
	const struct node *node = &c->nodes[i];
	uint64_t claim = claim_of(c->nodes, i, MEMORY);

	if (s->memory.reservation != node->share[MEMORY].reservation ||
	    s->memory.overhead != node->overhead ||
	    (s->memory.owned && s->memory.protected != claim))
		complain(c,
			 "%s: memory: reservation %llu, overhead %llu, protected %llu, wanted %llu",
			 labels[i], (unsigned long long)s->memory.reservation,
			 (unsigned long long)s->memory.overhead,
			 (unsigned long long)s->memory.protected, (unsigned long long)claim);
	if (!node->pool)
		return;
	if (s->memory.expandable != node->share[MEMORY].expandable ||
	    s->memory.reserved != claims_in(c->nodes, i, MEMORY) || s->memory.claimed != claim)
		complain(c, "%s: memory: reserved %llu, claimed %llu", labels[i],
			 (unsigned long long)s->memory.reserved,
			 (unsigned long long)s->memory.claimed);
	if (i != FIGHT && s->memory.unreserved != unreserved_in(c->nodes, i, MEMORY))
		complain(c, "%s: memory: unreserved %llu, wanted %llu", labels[i],
			 (unsigned long long)s->memory.unreserved,
			 (unsigned long long)unreserved_in(c->nodes, i, MEMORY));
}

/* Whether the module knows what the model knows. */
static void compare(struct client *c, struct kvrmpools *p, int i)
{
	const struct node *node = &c->nodes[i];
	struct kvrmpools_seen s =
		node->pool ? kvrmpools_pool(p, c->ids[i]) : kvrmpools_guest(p, c->ids[i]);
	uint32_t parent = node->parent == IN_ROOT ? KVRM_POOL_ROOT_ID : c->ids[node->parent];

	compare_memory(c, &s, i);
	if (s.reservation_us != node->share[CPU].reservation || s.weight != node->weight ||
	    (s.unlimited ? UNLIMITED : s.limit_us) != node->share[CPU].limit ||
	    (node->pool ? s.parent : s.pool_id) != parent)
		complain(c, "%s: reservation %llu, limit %llu, weight %u, in pool %u", labels[i],
			 (unsigned long long)s.reservation_us, (unsigned long long)s.limit_us,
			 s.weight, node->pool ? s.parent : s.pool_id);
	if (!node->pool)
		return;
	if (s.expandable != node->share[CPU].expandable ||
	    s.reserved_us != claims_in(c->nodes, i, CPU) ||
	    s.claimed_us != claim_of(c->nodes, i, CPU))
		complain(c, "%s: reserved %llu, claimed %llu", labels[i],
			 (unsigned long long)s.reserved_us, (unsigned long long)s.claimed_us);
	/* What more could be had to fight with depends on the others. */
	if (i != FIGHT && s.unreserved_us != unreserved_in(c->nodes, i, CPU))
		complain(c, "%s: unreserved %llu, wanted %llu", labels[i],
			 (unsigned long long)s.unreserved_us,
			 (unsigned long long)unreserved_in(c->nodes, i, CPU));
}

/* A client's part of a round, in a process of its own. */
static void be_client(struct client *c, long operations, unsigned int seed)
{
	struct kvrmpools p = tree;

	srandom(seed);
	if (kvrmnl_open(&p.nl))
		complain(c, "no connection");
	for (long i = 0; i < operations && !*c->complaint; i++) {
		operate(c, &p.nl);
		if (one_in(50))
			compare(c, &p, (int)below(NODES));
	}
	for (int i = 0; i < NODES && !*c->complaint; i++)
		compare(c, &p, i);
	kvrmnl_close(&p.nl);
}

/* A dump of the pools. If it comes in one datagram, it is the truth at one moment. */
struct dump {
	struct kvrmpools_seen pools[POOLS_MAX];
	int n, datagrams;
	bool done;
};

static void see_datagram(struct dump *dump, char *bytes, int length)
{
	struct nlmsghdr *header = (struct nlmsghdr *)bytes;
	int before = dump->n;

	for (; nlmsg_ok(header, length); header = nlmsg_next(header, &length)) {
		struct nlattr *attrs[64] = { 0 };

		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
			dump->done = true;
			break;
		}
		genlmsg_parse(header, 0, attrs, 63, NULL);
		if (dump->n < POOLS_MAX)
			kvrmpools_see_pool(attrs, 0, &dump->pools[dump->n++]);
	}
	dump->datagrams += dump->n > before;
}

static void take_dump(struct kvrmnl *nl, struct dump *dump)
{
	static char bytes[DATAGRAM_BYTES];
	struct nl_msg *msg = kvrmnl_request(nl, KVRM_CMD_POOL_GET, NLM_F_DUMP);

	memset(dump, 0, sizeof(*dump));
	nl_complete_msg(nl->sock, msg);
	if (nl_send(nl->sock, msg) < 0)
		dump->done = true;
	nlmsg_free(msg);
	while (!dump->done) {
		ssize_t length = recv(nl_socket_get_fd(nl->sock), bytes, sizeof(bytes), 0);

		if (length <= 0)
			break;
		see_datagram(dump, bytes, (int)length);
	}
}

static const char *check_pool_memory(const struct kvrmpools_seen *s)
{
	uint64_t claim = s->memory.expandable ? max_u64(s->memory.reservation, s->memory.reserved)
					      : s->memory.reservation;

	if (!s->memory.expandable && s->memory.reserved > s->memory.reservation)
		return "is fixed and has given more memory than it has";
	if (s->memory.shortfall)
		return "has a shortfall of memory";
	return s->memory.claimed != claim ? "claims other memory than it should" : NULL;
}

static const char *check_pool(const struct kvrmpools_seen *s)
{
	uint64_t limit = s->unlimited ? UNLIMITED : s->limit_us;
	uint64_t claim =
		s->expandable ? max_u64(s->reservation_us, s->reserved_us) : s->reservation_us;

	if (s->reservation_us > limit)
		return "has a reservation above its limit";
	if (s->reserved_us > limit)
		return "has given more than its limit";
	if (!s->expandable && s->reserved_us > s->reservation_us)
		return "is fixed and has given more than it has";
	if (s->shortfall_us)
		return "has a shortfall";
	if (s->claimed_us != claim)
		return "claims something else than it should";
	return check_pool_memory(s);
}

/* Claims of what is in the pool and told in the dump. */
static uint64_t claims_told(const struct dump *dump, uint32_t id, int r)
{
	uint64_t sum = 0;

	for (int i = 0; i < dump->n; i++) {
		const struct kvrmpools_seen *s = &dump->pools[i];

		if (s->parent == id)
			sum += r == CPU ? s->claimed_us : s->memory.claimed;
	}
	return sum;
}

static uint64_t reserved_told(const struct kvrmpools_seen *s, int r)
{
	return r == CPU ? s->reserved_us : s->memory.reserved;
}

/* Only pools are in the root: their claims add up in one dump. */
static bool check_dump(const struct dump *dump)
{
	const struct kvrmpools_seen *root = &dump->pools[0];
	const char *wrong;

	for (int i = 0; i < dump->n; i++) {
		wrong = check_pool(&dump->pools[i]);
		if (wrong) {
			ksft_print_msg("pool %u %s\n", dump->pools[i].id, wrong);
			return false;
		}
	}
	/* a, the spare one, and three of each client */
	if (dump->n != 3 + 3 * CLIENTS || root->id != KVRM_POOL_ROOT_ID) {
		ksft_print_msg("%d pools in a dump\n", dump->n);
		return false;
	}
	for (int r = 0; r < RESOURCES; r++) {
		uint64_t claims = claims_told(dump, KVRM_POOL_ROOT_ID, r);

		if (dump->datagrams != 1 || claims == reserved_told(root, r))
			continue;
		ksft_print_msg("members of the root claim %llu, it has given %llu\n",
			       (unsigned long long)claims,
			       (unsigned long long)reserved_told(root, r));
		return false;
	}
	return true;
}

/* When all is quiet: what members claim adds up everywhere, guests included. */
static void add_guests(uint64_t sum[RESOURCES], uint32_t pool)
{
	for (int j = 0; j < CLIENTS * NODES; j++) {
		const struct client *c = &clients[j / NODES];
		const struct node *node = &c->nodes[j % NODES];
		struct kvrmpools_seen s;

		if (node->pool || c->ids[node->parent] != pool)
			continue;
		s = kvrmpools_guest(&tree, c->ids[j % NODES]);
		sum[CPU] += s.reservation_us;
		sum[MEMORY] += s.memory.reservation + s.memory.overhead;
	}
}

static bool check_sums(const struct dump *dump)
{
	bool good = true;

	for (int i = 0; i < dump->n; i++) {
		const struct kvrmpools_seen *s = &dump->pools[i];
		uint64_t sum[RESOURCES] = { claims_told(dump, s->id, CPU),
					    claims_told(dump, s->id, MEMORY) };

		add_guests(sum, s->id);
		for (int r = 0; r < RESOURCES; r++) {
			if (sum[r] == reserved_told(s, r))
				continue;
			ksft_print_msg("pool %u: members claim %llu, it has given %llu\n", s->id,
				       (unsigned long long)sum[r],
				       (unsigned long long)reserved_told(s, r));
			good = false;
		}
	}
	return good;
}

static int reserve(uint32_t id, int r, unsigned long long amount)
{
	return kvrmword_ask(&tree.nl, KVRM_CMD_POOL_SET, NULL, NULL, "id=%u %s=%llu", id,
			    r == CPU ? "reservation" : "memory-reservation-bytes", amount)
		.error;
}

/* What is said to be free can be had, and no more. */
static bool check_rest(int r)
{
	struct kvrmpools_seen root = kvrmpools_pool(&tree, KVRM_POOL_ROOT_ID);
	unsigned long long rest = r == CPU ? root.unreserved_us : root.memory.unreserved;
	unsigned long long a = r == CPU ? KVRMPOOLS_A_US : 0;
	int more = reserve(spare_id, r, rest + step[r]), all = reserve(spare_id, r, rest);
	int again = reserve(tree.id, r, a + step[r]);

	if (more != -ENOSPC || all || again != -ENOSPC || reserve(spare_id, r, 0)) {
		ksft_print_msg("%llu are free: %d; one more: %d, %d\n", rest, all, more, again);
		return false;
	}
	return true;
}

static bool is_over(const pid_t *pids)
{
	bool over = true;
	int status;

	/* Of one that has been waited for there is an error. */
	for (int i = 0; i < CLIENTS; i++) {
		pid_t pid = waitpid(pids[i], &status, WNOHANG);

		if (pid > 0 && status)
			complain(&clients[i], "ended with status %x", (unsigned int)status);
		over = over && pid;
	}
	return over;
}

static bool play_round(struct kvrmnl *nl, long operations, unsigned int seed,
		       unsigned long *ret_dumps)
{
	pid_t pids[CLIENTS];
	struct dump dump;
	bool good = true;

	for (int i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			be_client(&clients[i], operations, seed + (unsigned int)i);
			_exit(0);
		}
	}
	while (!is_over(pids)) {
		take_dump(nl, &dump);
		*ret_dumps += dump.datagrams == 1;
		good = good && check_dump(&dump);
		usleep(below(20000));
	}
	take_dump(nl, &dump);
	return check_dump(&dump) && check_sums(&dump) && check_rest(CPU) && check_rest(MEMORY) &&
	       good;
}

static void remove_client(struct client *c);

/* Nothing may be left of it: guests would hold its output open. */
static void must(int error, const char *what)
{
	if (!error)
		return;
	for (int i = 0; i < CLIENTS; i++)
		remove_client(&clients[i]);
	kvrmpools_teardown(&tree);
	ksft_exit_fail_msg("%s: %d\n", what, error);
}

static void make_pool(struct client *c, int i, const char *words, struct node node)
{
	const struct kvrmguest *parent =
		node.parent == IN_ROOT ? &tree.root : &c->cgroups[node.parent];
	char name[16];

	snprintf(name, sizeof(name), "%s-%d", labels[i], (int)(c - clients));
	must(kvrmguest_cgroup_in(&c->cgroups[i], parent, name), name);
	must(kvrmpools_add(&tree, &c->cgroups[i], words, &c->ids[i]).error, c->cgroups[i].path);
	node.pool = true;
	node.share[CPU].limit = node.share[MEMORY].limit = UNLIMITED;
	node.weight = KVRM_CPU_WEIGHT_DEFAULT;
	c->nodes[i] = node;
}

/* One guest of each client has something to do. */
static void make_guest(struct client *c, int i, int pool, int other)
{
	char name[16], words[64];
	struct kvrmguest guest;

	snprintf(name, sizeof(name), "%s-%d", labels[i], (int)(c - clients));
	must(kvrmguest_cgroup_in(&c->cgroups[i], &c->cgroups[pool], name), name);
	if (other >= 0)
		must(kvrmguest_cgroup_in(&c->moves[i], &c->cgroups[other], name), name);
	/* Not in shared memory: both processes note what fork() returned. */
	guest = c->cgroups[i];
	must(kvrmguest_start(&guest, i == GUEST_0 ? "halt" : "hold", 1), name);
	c->cgroups[i] = guest;
	snprintf(words, sizeof(words), "limit=unlimited pool=%u", c->ids[pool]);
	must(kvrmpools_register(&tree, &c->cgroups[i], words, &c->ids[i]).error,
	     c->cgroups[i].path);
	c->nodes[i] = (struct node){ .parent = pool,
				     .share = { { .limit = UNLIMITED }, { .limit = UNLIMITED } },
				     .weight = KVRM_CPU_WEIGHT_DEFAULT };
}

static void make_client(struct client *c)
{
	const struct share expandable = { .expandable = true };
	char words[128];

	c->nodes[THOUGHT] =
		(struct node){ .parent = NOWHERE,
			       .share = { { .limit = UNLIMITED }, { .limit = UNLIMITED } } };
	snprintf(words, sizeof(words),
		 "reservation=%u expandable=0 memory-reservation-bytes=%llu memory-expandable=0",
		 OWN_US, (unsigned long long)(OWN_PAGES * step[MEMORY]));
	make_pool(c, OWN, words,
		  (struct node){ .parent = IN_ROOT,
				 .share = { { .reservation = OWN_US },
					    { .reservation = OWN_PAGES * step[MEMORY] } } });
	snprintf(words, sizeof(words), "parent=%u", c->ids[OWN]);
	make_pool(c, INNER, words,
		  (struct node){ .parent = OWN, .share = { expandable, expandable } });
	make_pool(c, FIGHT, "",
		  (struct node){ .parent = IN_ROOT, .share = { expandable, expandable } });
	make_guest(c, GUEST_0, OWN, INNER);
	make_guest(c, GUEST_1, OWN, INNER);
	make_guest(c, GUEST_2, INNER, OWN);
	make_guest(c, GUEST_3, FIGHT, -1);
}

static void remove_client(struct client *c)
{
	static const int order[] = { GUEST_0, GUEST_1, GUEST_2, GUEST_3, INNER, OWN, FIGHT };

	for (int i = GUEST_0; i < NODES; i++)
		kvrmguest_kill(&c->cgroups[i]);
	for (int i = 0; i < NODES; i++) {
		kvrmguest_remove(&c->moves[order[i]]);
		kvrmguest_remove(&c->cgroups[order[i]]);
	}
}

/* What was compared, and that all of it has happened. */
static bool tell(void)
{
	struct client sum = { 0 };

	for (int i = 0; i < CLIENTS; i++) {
		const struct client *c = &clients[i];

		sum.admitted += c->admitted;
		sum.refused += c->refused;
		sum.invalid += c->invalid;
		sum.won += c->won;
		sum.lost += c->lost;
		sum.wrong += c->wrong;
		if (*c->complaint)
			ksft_print_msg("client %d: %s\n", i, c->complaint);
	}
	ksft_print_msg("%lu admitted, %lu refused, %lu invalid; of the root's %lu won, %lu lost\n",
		       sum.admitted, sum.refused, sum.invalid, sum.won, sum.lost);
	return !sum.wrong && sum.admitted && sum.refused && sum.invalid && sum.won && sum.lost;
}

static bool no_complaints(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		if (*clients[i].complaint)
			return false;
	}
	return true;
}

static void know_the_root(void)
{
	struct kvrmpools_seen root = kvrmpools_pool(&tree, KVRM_POOL_ROOT_ID);

	step[CPU] = 1;
	reservable[CPU] = tree.reservable_us;
	capacity[CPU] = tree.capacity_us;
	step[MEMORY] = (uint64_t)sysconf(_SC_PAGESIZE);
	reservable[MEMORY] = root.memory.reservation;
	capacity[MEMORY] = root.memory.reservation + root.memory.host_reserve;
}

int main(int argc, char **argv)
{
	long operations = argc > 1 ? atol(argv[1]) : 20000;
	unsigned int seed = argc > 2 ? (unsigned int)atol(argv[2]) : 1;
	struct kvrmguest spare;
	unsigned long dumps = 0;
	struct kvrmnl nl;
	bool good = true;

	ksft_print_header();
	ksft_set_plan(3);
	clients = mmap(NULL, CLIENTS * sizeof(*clients), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (clients == MAP_FAILED || kvrmpools_setup(&tree) || kvrmnl_open(&nl))
		ksft_exit_fail_msg("needs the module, KVM and root\n");
	know_the_root();
	for (int i = 0; i < CLIENTS; i++)
		make_client(&clients[i]);
	must(kvrmguest_cgroup_in(&spare, &tree.root, "spare"), "spare");
	must(kvrmpools_add(&tree, &spare, "", &spare_id).error, "spare");

	ksft_print_msg("seed %u\n", seed);
	for (unsigned int i = 0; i < ROUNDS && no_complaints(); i++)
		good = play_round(&nl, operations / CLIENTS / ROUNDS, seed + i * CLIENTS, &dumps) &&
		       good;
	ksft_test_result(tell(), "%ld operations of %d clients were answered rightly\n", operations,
			 CLIENTS);
	ksft_test_result(no_complaints(), "the module knows what the model knows\n");
	ksft_print_msg("%lu dumps in between\n", dumps);
	ksft_test_result(good && dumps, "nobody ever had too much\n");

	for (int i = 0; i < CLIENTS; i++)
		remove_client(&clients[i]);
	kvrmguest_remove(&spare);
	kvrmnl_close(&nl);
	kvrmpools_teardown(&tree);
	ksft_finished();
}
