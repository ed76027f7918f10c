// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples in the two formats; see openmetrics-writer.h.
 */
#include "daemon/serve/openmetrics-writer.h"

const char *om_suffix(const struct om_family *family)
{
	switch (family->kind) {
	case KVRM_METRIC_KIND_COUNTER:
		return "_total";
	case KVRM_METRIC_KIND_INFO:
		return "_info";
	default:
		return "";
	}
}

static const char *type(const struct om_writer *w)
{
	static const char *const names[] = {
		[KVRM_METRIC_KIND_COUNTER] = "counter",
		[KVRM_METRIC_KIND_GAUGE] = "gauge",
		[KVRM_METRIC_KIND_INFO] = "info",
		[KVRM_METRIC_KIND_STATESET] = "stateset",
	};

	if (!w->openmetrics && w->family->kind != KVRM_METRIC_KIND_COUNTER)
		return "gauge";
	return names[w->family->kind];
}

static void add_head_line(struct om_writer *w, const char *keyword)
{
	om_text_add(&w->text, keyword);
	om_text_add(&w->text, w->family->name);
	/* For Prometheus a family is named as its samples are. */
	if (!w->openmetrics)
		om_text_add(&w->text, om_suffix(w->family));
	om_text_add(&w->text, " ");
}

static void add_head(struct om_writer *w)
{
	add_head_line(w, "# HELP ");
	om_text_add_escaped(&w->text, w->family->help, w->openmetrics);
	om_text_add(&w->text, "\n");
	add_head_line(w, "# TYPE ");
	om_text_add(&w->text, type(w));
	om_text_add(&w->text, "\n");
	if (w->openmetrics && *w->family->unit) {
		add_head_line(w, "# UNIT ");
		om_text_add(&w->text, w->family->unit);
		om_text_add(&w->text, "\n");
	}
	w->headed = true;
}

void om_begin(struct om_writer *w, const char *end_of_name)
{
	if (!w->headed)
		add_head(w);
	om_text_add(&w->text, w->family->name);
	om_text_add(&w->text, end_of_name);
}

void om_label(struct om_writer *w, const char *before, const char *name, const char *value)
{
	om_text_add(&w->text, before);
	om_text_add(&w->text, name);
	om_text_add(&w->text, "=\"");
	om_text_add_escaped(&w->text, value, true);
	om_text_add(&w->text, "\"");
}

void om_number_label(struct om_writer *w, const char *name, uint64_t value)
{
	om_text_add(&w->text, ",");
	om_text_add(&w->text, name);
	om_text_add(&w->text, "=\"");
	om_text_add_number(&w->text, value, 0);
	om_text_add(&w->text, "\"");
}

void om_end(struct om_writer *w, uint64_t value, unsigned int places)
{
	om_text_add(&w->text, " ");
	om_text_add_number(&w->text, value, places);
	om_text_add(&w->text, "\n");
}

void om_host(struct om_writer *w, uint64_t value)
{
	om_begin(w, om_suffix(w->family));
	om_end(w, value, w->family->scale);
}

void om_vm(struct om_writer *w, const struct openmetrics_vm *vm, uint64_t value)
{
	om_begin(w, om_suffix(w->family));
	om_label(w, "{", "vm", vm->uuid);
	om_text_add(&w->text, "}");
	om_end(w, value, w->family->scale);
}

void om_pool(struct om_writer *w, const struct openmetrics_pool *pool, uint64_t value)
{
	om_begin(w, om_suffix(w->family));
	om_label(w, "{", "pool", pool->name);
	om_text_add(&w->text, "}");
	om_end(w, value, w->family->scale);
}

void om_vm_created(struct om_writer *w, const struct openmetrics_vm *vm, uint64_t since_us)
{
	if (!w->openmetrics || !since_us)
		return;
	om_begin(w, "_created");
	om_label(w, "{", "vm", vm->uuid);
	om_text_add(&w->text, "}");
	om_end(w, since_us, KVRM_METRIC_SCALE_MICRO);
}

static void add_vcpu_labels(struct om_writer *w, const struct openmetrics_vm *vm, uint32_t index,
			    const char *reason)
{
	om_label(w, "{", "vm", vm->uuid);
	om_number_label(w, "vcpu", index);
	if (reason)
		om_label(w, ",", "reason", reason);
	om_text_add(&w->text, "}");
}

void om_vcpu(struct om_writer *w, const struct openmetrics_vm *vm, uint32_t index,
	     const char *reason, uint64_t value, uint64_t since_us)
{
	om_begin(w, om_suffix(w->family));
	add_vcpu_labels(w, vm, index, reason);
	om_end(w, value, w->family->scale);
	if (!w->openmetrics || !since_us)
		return;
	om_begin(w, "_created");
	add_vcpu_labels(w, vm, index, reason);
	om_end(w, since_us, KVRM_METRIC_SCALE_MICRO);
}
