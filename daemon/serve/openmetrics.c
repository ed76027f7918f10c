// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics as text; see openmetrics.h. A family's head is written with its first sample, so a family of which nothing
 * is known does not appear. The formats differ in the heads, in the types that Prometheus does not have, in the start
 * times of counters (OpenMetrics only) and in the last line.
 */
#include "daemon/serve/openmetrics-text.h"
#include "daemon/serve/openmetrics.h"

/**
 * struct writer - a text being written
 * @text: so far
 * @openmetrics: OpenMetrics, else Prometheus
 * @headed: the head of this family was written
 */
struct writer {
	struct om_text text;
	bool openmetrics;
	const struct metric_family *headed;
};

/* What a sample's name has behind the family's. */
static const char *suffix(const struct metric_family *family)
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

static const char *type(const struct writer *w, const struct metric_family *family)
{
	static const char *const names[] = {
		[KVRM_METRIC_KIND_COUNTER] = "counter",
		[KVRM_METRIC_KIND_GAUGE] = "gauge",
		[KVRM_METRIC_KIND_INFO] = "info",
		[KVRM_METRIC_KIND_STATESET] = "stateset",
		[KVRM_METRIC_KIND_HISTOGRAM] = "histogram",
	};

	if (!w->openmetrics && !metric_is_counted(family))
		return "gauge";
	return names[family->kind];
}

static void add_head_line(struct writer *w, const struct metric_family *family, const char *keyword)
{
	om_text_add(&w->text, keyword);
	om_text_add(&w->text, family->name);
	/* For Prometheus a family is named as its samples are. */
	if (!w->openmetrics)
		om_text_add(&w->text, suffix(family));
	om_text_add(&w->text, " ");
}

static void add_head(struct writer *w, const struct metric_family *family)
{
	add_head_line(w, family, "# HELP ");
	om_text_add_escaped(&w->text, family->help, w->openmetrics);
	om_text_add(&w->text, "\n");
	add_head_line(w, family, "# TYPE ");
	om_text_add(&w->text, type(w, family));
	om_text_add(&w->text, "\n");
	if (w->openmetrics && *family->unit) {
		add_head_line(w, family, "# UNIT ");
		om_text_add(&w->text, family->unit);
		om_text_add(&w->text, "\n");
	}
	w->headed = family;
}

/* Return: what the next one begins with. */
static const char *add_labels(struct writer *w,
			      const struct metric_label labels[static METRIC_LABELS_MAX])
{
	const char *begin = "{";

	for (size_t i = 0; i < METRIC_LABELS_MAX && labels[i].name; i++) {
		om_text_add(&w->text, begin);
		om_text_add(&w->text, labels[i].name);
		om_text_add(&w->text, "=\"");
		om_text_add_escaped(&w->text, labels[i].value, true);
		om_text_add(&w->text, "\"");
		begin = ",";
	}
	return begin;
}

static void add_sample(struct writer *w, const struct metric_point *point, const char *end_of_name,
		       uint64_t value, unsigned int places)
{
	om_text_add(&w->text, point->family->name);
	om_text_add(&w->text, end_of_name);
	om_text_add(&w->text, *add_labels(w, point->labels) == ',' ? "} " : " ");
	om_text_add_number(&w->text, value, places);
	om_text_add(&w->text, "\n");
}

/* A bucket's line says how many there are up to its end, those before it included. */
static void add_bucket(struct writer *w, const struct metric_point *point, size_t bucket,
		       uint64_t count)
{
	om_text_add(&w->text, point->family->name);
	om_text_add(&w->text, "_bucket");
	om_text_add(&w->text, add_labels(w, point->labels));
	om_text_add(&w->text, "le=\"");
	if (bucket == point->histogram.n - 1)
		om_text_add(&w->text, "+Inf");
	else
		om_text_add_number(&w->text, point->histogram.first << bucket,
				   point->family->scale);
	om_text_add(&w->text, "\"} ");
	om_text_add_number(&w->text, count, 0);
	om_text_add(&w->text, "\n");
}

static void add_histogram(struct writer *w, const struct metric_point *point)
{
	uint64_t count = 0;

	for (size_t bucket = 0; bucket < point->histogram.n; bucket++) {
		count += point->histogram.counts[bucket];
		add_bucket(w, point, bucket, count);
	}
	add_sample(w, point, "_count", count, 0);
	add_sample(w, point, "_sum", point->value, point->family->scale);
}

static void on_point(const struct metric_point *point, void *data)
{
	struct writer *w = data;

	if (w->headed != point->family)
		add_head(w, point->family);
	if (point->family->kind == KVRM_METRIC_KIND_HISTOGRAM)
		add_histogram(w, point);
	else
		add_sample(w, point, suffix(point->family), point->value, point->family->scale);
	if (w->openmetrics && point->since_us)
		add_sample(w, point, "_created", point->since_us, KVRM_METRIC_SCALE_MICRO);
}

int openmetrics_write(const struct metric_snapshot *snapshot, enum openmetrics_format format,
		      char **ret_text, size_t *ret_size)
{
	struct writer w = { .openmetrics = format == OPENMETRICS_TEXT };
	int r;

	for (int metric = 0; metric < KVRM_METRIC_COUNT; metric++)
		metric_each(snapshot, metric, on_point, &w);
	if (w.openmetrics)
		om_text_add(&w.text, "# EOF\n");
	r = om_text_take(&w.text, ret_text, ret_size);
	om_text_deinit(&w.text);
	return r;
}

void openmetrics_keep(char *text, size_t size)
{
	om_text_keep(text, size + 1);
}

const char *openmetrics_content_type(enum openmetrics_format format)
{
	return format == OPENMETRICS_TEXT
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
