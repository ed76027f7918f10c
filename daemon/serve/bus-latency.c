// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What probes have counted of a virtual system, on D-Bus.
 */
#include "daemon/serve/bus-internal.h"

static int append_histogram(sd_bus_message *m, const struct kvrm_probe_count *latency)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "Histogram");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "at");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 't', latency->histogram,
						sizeof(latency->histogram));
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_latency(sd_bus_message *m, const struct kvrm_probe_count *latency)
{
	char buf[LATENCY_REASON_SIZE];
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}", "Probe", "s",
					  latency_probe_name(latency->probe), "Reason", "s",
					  latency_reason_name(latency, buf), "Count", "t",
					  latency->count, "Time", "t", latency->time_ns);
	if (r >= 0 && latency->has_histogram)
		r = append_histogram(m, latency);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/** bus_append_latencies() - append what probes have counted, as a pair of GetStatistics; see bus-internal.h */
int bus_append_latencies(sd_bus_message *m, const struct vm_sample *s)
{
	int r = bus_open_rows(m, "Latencies");

	for (size_t i = 0; r >= 0 && i < s->latencies.n; i++)
		r = append_latency(m, &s->latencies.items[i]);
	return r < 0 ? r : bus_close_rows(m);
}
