// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller; see control.h.
 */
#include "kvrm/admit.h"
#include "kvrm/control.h"
#include "kvrm/fill.h"

/* Members' shares are scaled so that the largest becomes a weight in this range, before a boost. */
#define SCALED_LOW  625U
#define SCALED_MID  2500U
#define SCALED_HIGH 3750U
/* A member is hungry if its threads waited this part of a tick: 1/32 of a CPU. */
#define HUNGRY_PART  32U
#define USEC_PER_SEC 1000000U
/* What the host's other cgroups weigh as a rule. */
#define OTHERS_WEIGHT 100U
/* No host has more: rates are below KVRM_CPU_RATE_MAX. */
#define CPUS_MAX (KVRM_CPU_RATE_MAX / USEC_PER_SEC)
/* Two of the scheduler's slices: within this, nobody has had too much or too little. */
#define SLACK_US 6000
/*
 * Credit that doubles the weight, debt that halves it: of what a member is due in this time.
 * Weights take up to 100 ms to show, so a shorter time would make them swing.
 */
#define CREDIT_US     400000U
#define CREDIT_FACTOR 3
/* A sleeping member gathers credit for its reservation of this time. */
#define ASLEEP_US 20000U
/*
 * A reservation aims higher by a tick of the scheduler (4 ms) in each window: that much a window can
 * have less than its neighbours, depending on where it begins. A small one by a part of itself, as
 * what it gets too much is missing elsewhere.
 */
#define MARGIN_RATE 40000U
#define MARGIN_PART 8U
/* The level follows the demands of a tick by this part: guests wake and sleep all the time. */
#define LEVEL_PART 8U

static uint64_t rate_of(uint64_t us, uint64_t dt_us)
{
	return kvrm_min(kvrm_muldiv(us, USEC_PER_SEC, dt_us), KVRM_CPU_RATE_MAX - 1);
}

static uint64_t us_of(uint64_t rate, uint64_t dt_us)
{
	return kvrm_muldiv(rate, dt_us, USEC_PER_SEC);
}

static void measure_guest(struct kvrm_node *guest, uint64_t dt_us)
{
	struct kvrm_flow *flow = &guest->flow;

	flow->used_us = kvrm_min(flow->used_us, dt_us * CPUS_MAX);
	flow->wait_us = kvrm_min(flow->wait_us, dt_us * CPUS_MAX);
	flow->used = (flow->used * 3 + rate_of(flow->used_us, dt_us)) / 4;
	guest->due[KVRM_RESOURCE_CPU].demand = rate_of(flow->used_us + flow->wait_us, dt_us);
	flow->hungry = flow->wait_us > dt_us / HUNGRY_PART;
}

/* A pool is what its members are; those were measured before it. */
static void measure_pool(struct kvrm_node *pool)
{
	struct kvrm_flow *flow = &pool->flow;
	const struct kvrm_node *child;
	uint64_t demand = 0;

	flow->used_us = 0;
	flow->wait_us = 0;
	flow->used = 0;
	flow->hungry = false;
	kvrm_for_each_child(child, pool) {
		flow->used_us += child->flow.used_us;
		flow->wait_us += child->flow.wait_us;
		flow->used += child->flow.used;
		demand += kvrm_cap(child, KVRM_RESOURCE_CPU);
		flow->hungry |= child->flow.hungry;
	}
	pool->due[KVRM_RESOURCE_CPU].demand = kvrm_min(demand, KVRM_CPU_RATE_MAX - 1);
}

static void measure(struct kvrm_node *root, uint64_t dt_us)
{
	struct kvrm_node *node;

	for (node = kvrm_node_first_leaf(root); node; node = kvrm_node_after_leaf(node, root)) {
		if (node->pool)
			measure_pool(node);
		else
			measure_guest(node, dt_us);
	}
}

/* The level at which a pool's members would be if nobody had to go short, but all were hungry. */
static uint64_t level_for_all(const struct kvrm_node *pool, uint64_t amount)
{
	const struct kvrm_node *child;
	uint64_t weights = 0;

	kvrm_for_each_child(child, pool)
		weights += child->share[KVRM_RESOURCE_CPU].weight;
	return (amount << KVRM_LEVEL_SHIFT) / kvrm_max(weights, 1);
}

/* What to aim at, that a claim is met in every window. */
static uint64_t assured(uint64_t claim)
{
	return claim + kvrm_min(claim / MARGIN_PART, MARGIN_RATE);
}

/* What a member would be due if it were hungry, too; of a pool that would be due @amount then. */
static void set_shares(struct kvrm_node *pool, uint64_t level, uint64_t amount)
{
	const struct kvrm_share *share;
	struct kvrm_node *child;
	uint64_t claim, due;

	kvrm_for_each_child(child, pool) {
		share = &child->share[KVRM_RESOURCE_CPU];
		claim = kvrm_claimed(child, KVRM_RESOURCE_CPU);
		due = kvrm_min((share->weight * level) >> KVRM_LEVEL_SHIFT, amount);
		due = kvrm_max(due, assured(claim));
		child->flow.share = kvrm_max(kvrm_min(due, share->limit), 1);
	}
}

static int64_t clamp_credit(int64_t credit, int64_t low, int64_t high)
{
	return credit < low ? low : credit > high ? high : credit;
}

/**
 * struct hungry - the hungry members of a pool, together
 * @used_us: what they got in this tick
 * @entitled: what they are due
 * @credit_us: their credit
 */
struct hungry {
	uint64_t used_us;
	uint64_t entitled;
	int64_t credit_us;
};

static struct hungry hungry_of(const struct kvrm_node *pool)
{
	struct hungry hungry = { .entitled = 0 };
	const struct kvrm_node *child;

	kvrm_for_each_child(child, pool) {
		if (!child->flow.hungry)
			continue;
		hungry.used_us += child->flow.used_us;
		hungry.entitled += child->due[KVRM_RESOURCE_CPU].entitled;
		hungry.credit_us += child->flow.credit_us;
	}
	return hungry;
}

/*
 * What a hungry member was due in this tick, of what the hungry ones really got together: that the
 * pool as a whole got too much or too little is settled among the pools.
 */
static uint64_t target_us(const struct kvrm_node *child, const struct hungry *hungry,
			  uint64_t dt_us)
{
	return kvrm_max(us_of(assured(kvrm_floor(child, KVRM_RESOURCE_CPU)), dt_us),
			kvrm_muldiv(child->due[KVRM_RESOURCE_CPU].entitled, hungry->used_us,
				    kvrm_max(hungry->entitled, 1)));
}

/* Only differences of credit matter. What all have in common would put at a disadvantage who wakes. */
static int64_t common_credit(uint64_t entitled, const struct hungry *hungry)
{
	uint64_t size = hungry->credit_us < 0 ? -hungry->credit_us : hungry->credit_us;
	int64_t part = kvrm_muldiv(entitled, size, kvrm_max(hungry->entitled, 1)) / 8;

	return hungry->credit_us < 0 ? -part : part;
}

/* Credit that doubles the weight of a member. */
static int64_t full_credit(const struct kvrm_node *child)
{
	uint64_t rate = kvrm_max(child->due[KVRM_RESOURCE_CPU].entitled,
				 kvrm_claimed(child, KVRM_RESOURCE_CPU));

	return us_of(rate, CREDIT_US) + SLACK_US;
}

static void settle_credit(struct kvrm_node *child, const struct hungry *hungry, uint64_t dt_us)
{
	struct kvrm_flow *flow = &child->flow;
	int64_t most = full_credit(child) * CREDIT_FACTOR;
	uint64_t claim = kvrm_claimed(child, KVRM_RESOURCE_CPU);

	if (flow->hungry) {
		flow->credit_us += (int64_t)target_us(child, hungry, dt_us) -
				   (int64_t)flow->used_us -
				   common_credit(child->due[KVRM_RESOURCE_CPU].entitled, hungry);
		flow->credit_us = clamp_credit(flow->credit_us, -most, most);
		return;
	}
	/* Who wants nothing has no debt for long, and credit for its reservation alone. */
	if (flow->credit_us < 0)
		flow->credit_us -= flow->credit_us / 4;
	flow->credit_us += kvrm_excess(us_of(claim, dt_us), flow->used_us);
	flow->credit_us = clamp_credit(flow->credit_us, -most, us_of(claim, ASLEEP_US));
}

/* What a member lacks of its reservation in the window. */
static void settle_short(struct kvrm_node *child, uint64_t dt_us)
{
	struct kvrm_flow *flow = &child->flow;
	uint64_t window = us_of(kvrm_claimed(child, KVRM_RESOURCE_CPU), KVRM_WINDOW_US);
	uint64_t due = flow->short_us + us_of(kvrm_floor(child, KVRM_RESOURCE_CPU), dt_us);

	flow->short_us = kvrm_min(kvrm_excess(due, flow->used_us), window);
	if (!flow->hungry)
		flow->short_us -= flow->short_us / 4;
}

/* A share, more if the member is in credit or its reservation suffers, less if it had too much. */
static uint64_t boosted(const struct kvrm_node *child)
{
	const struct kvrm_flow *flow = &child->flow;
	uint64_t window = us_of(kvrm_claimed(child, KVRM_RESOURCE_CPU), KVRM_WINDOW_US);
	uint64_t full = full_credit(child), share = flow->share, part;

	part = kvrm_excess(flow->short_us, SLACK_US) * (KVRM_BOOST_MAX - 1);
	share += kvrm_muldiv(share, part, window + SLACK_US);
	if (flow->credit_us >= 0)
		return share + kvrm_muldiv(share, kvrm_excess(flow->credit_us, SLACK_US), full);
	return kvrm_muldiv(share, full, full + kvrm_excess(-flow->credit_us, SLACK_US));
}

/* Keep the scale as long as the largest share fits it, lest all weights be written again. */
static void choose_shift(struct kvrm_node *pool)
{
	const struct kvrm_node *child;
	uint64_t largest = 1;
	int64_t shift = pool->flow.shift;

	kvrm_for_each_child(child, pool)
		largest = kvrm_max(largest, child->flow.share);
	/* Twenty binary places more, for shares below the weights' range. */
	largest <<= 20;
	if ((largest >> shift) >= SCALED_LOW && (largest >> shift) <= SCALED_HIGH)
		return;
	for (shift = 0; (largest >> shift) > SCALED_MID; shift++)
		;
	pool->flow.shift = shift;
}

static void set_weights(struct kvrm_node *pool, bool boost)
{
	struct kvrm_node *child;
	uint64_t share, weight;

	choose_shift(pool);
	kvrm_for_each_child(child, pool) {
		share = boost ? boosted(child) : child->flow.share;
		weight = (kvrm_min(share, KVRM_CPU_RATE_MAX * KVRM_BOOST_MAX) << 20) >>
			 pool->flow.shift;
		child->flow.weight = kvrm_min(kvrm_max(weight, KVRM_WEIGHT_MIN), KVRM_WEIGHT_MAX);
	}
}

/* CPU time that is due in the window. */
static int64_t window_of(uint64_t rate)
{
	return (int64_t)kvrm_max(us_of(rate, KVRM_WINDOW_US), 1000);
}

/*
 * The root's siblings are the host's own. They weigh OTHERS_WEIGHT together, as a rule, and are to
 * have the host's reserve; if reservations suffer nevertheless, the guests weigh more.
 */
static void set_root_weight(struct kvrm_node *root, const struct kvrm_control *control,
			    uint64_t dt_us, bool boost)
{
	struct kvrm_flow *flow = &root->flow;
	uint64_t due, weight;

	weight = kvrm_muldiv(OTHERS_WEIGHT, kvrm_excess(control->capacity, control->reserve),
			     kvrm_max(control->reserve, 1));
	if (boost) {
		due = kvrm_min(root->due[KVRM_RESOURCE_CPU].demand,
			       root->reserved[KVRM_RESOURCE_CPU]);
		flow->credit_us += (int64_t)us_of(due, dt_us) - (int64_t)flow->used_us;
		flow->credit_us = clamp_credit(flow->credit_us, 0, window_of(due));
		weight +=
			kvrm_muldiv(weight, flow->credit_us * (KVRM_BOOST_MAX - 1), window_of(due));
	}
	flow->weight = kvrm_min(kvrm_max(weight, OTHERS_WEIGHT), KVRM_WEIGHT_MAX);
}

/* The shares of a pool's members, at a level that follows that of the last ticks. */
static void follow_level(struct kvrm_node *pool, uint64_t level, uint64_t amount)
{
	struct kvrm_flow *flow = &pool->flow;

	if (level == UINT64_MAX)
		level = level_for_all(pool, amount);
	if (flow->level)
		level = (flow->level * (LEVEL_PART - 1) + level) / LEVEL_PART;
	flow->level = level;
	set_shares(pool, level, amount);
}

/**
 * kvrm_control_tick() - from what was measured to weights
 * @root: of the tree; of every guest flow.used_us and flow.wait_us are set
 * @control: of the host
 * @dt_us: since the last tick, not 0; what is beyond 2^32 counts as that
 *
 * Cost: linear in the nodes, some fifty times for the members of a pool in which not everybody can
 * have what it demands.
 */
void kvrm_control_tick(struct kvrm_node *root, const struct kvrm_control *control, uint64_t dt_us)
{
	struct kvrm_node *node, *child;
	struct hungry hungry;
	uint64_t level;

	dt_us = kvrm_min(dt_us, 1ULL << 32);
	measure(root, dt_us);
	root->due[KVRM_RESOURCE_CPU].entitled =
		kvrm_min(kvrm_cap(root, KVRM_RESOURCE_CPU), control->capacity);
	root->flow.share = control->capacity;
	for (node = root; node; node = kvrm_node_after(node, root)) {
		if (!node->first)
			continue;
		level = kvrm_fill(node, KVRM_RESOURCE_CPU, node->due[KVRM_RESOURCE_CPU].entitled);
		follow_level(node, level,
			     kvrm_max(node->due[KVRM_RESOURCE_CPU].entitled, node->flow.share));
		hungry = hungry_of(node);
		kvrm_for_each_child(child, node) {
			settle_credit(child, &hungry, dt_us);
			settle_short(child, dt_us);
		}
		set_weights(node, true);
	}
	set_root_weight(root, control, dt_us, true);
}

/**
 * kvrm_control_static() - weights that need no loop
 * @root: of the tree
 * @control: of the host
 *
 * As if everybody demanded all it may have. Who keeps to these weights keeps reservations against
 * all that are hungry at once, but not shares: a member with a reservation gets more than its due
 * while others sleep.
 */
void kvrm_control_static(struct kvrm_node *root, const struct kvrm_control *control)
{
	struct kvrm_node *node, *child;
	uint64_t level, amount;

	root->due[KVRM_RESOURCE_CPU].entitled = kvrm_excess(control->capacity, control->reserve);
	for (node = root; node; node = kvrm_node_after(node, root)) {
		amount = kvrm_max(node->due[KVRM_RESOURCE_CPU].entitled, 1);
		kvrm_for_each_child(child, node)
			child->due[KVRM_RESOURCE_CPU].demand = amount;
		level = kvrm_fill(node, KVRM_RESOURCE_CPU, node->due[KVRM_RESOURCE_CPU].entitled);
		if (level == UINT64_MAX)
			level = level_for_all(node, amount);
		set_shares(node, level, amount);
		set_weights(node, false);
	}
	set_root_weight(root, control, 0, false);
}

/**
 * kvrm_weight_differs() - whether a weight is worth a write
 * @wanted: weight
 * @written: what the file has; 0: not known
 *
 * Return: true if they differ by more than 1/8.
 */
bool kvrm_weight_differs(uint32_t wanted, uint32_t written)
{
	uint32_t difference = wanted > written ? wanted - written : written - wanted;

	return difference > written / 8;
}
