// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics as text, compared with what they must be, byte by byte; and the choice of the format.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/serve/openmetrics-text.h"
#include "daemon/serve/openmetrics.h"
#include "daemon/util/cleanup.h"
#include "kvrm/version.h"
#include "tests/unit/serve/full-snapshot.h"

/* Without the lines of help, whose words are the table's business. */
static void drop_help(char *text)
{
	char *to = text, *line = text, *next;

	for (; *line; line = next) {
		next = strchr(line, '\n');
		assert_non_null(next);
		next++;
		if (strncmp(line, "# HELP ", 7) != 0) {
			memmove(to, line, (size_t)(next - line));
			to += next - line;
		}
	}
	*to = '\0';
}

static char *write_full(enum openmetrics_format format)
{
	struct metric_vm vms[2];
	struct vm_sample sample;
	struct metric_snapshot snapshot = full_snapshot(&sample, vms);
	char *text = NULL;
	size_t size;

	assert_int_equal(openmetrics_write(&snapshot, format, &text, &size), 0);
	assert_int_equal(strlen(text), size);
	vm_sample_deinit(&sample);
	return text;
}

#define VM_1	     "{vm=\"" UUID_1 "\"}"
#define VM_2	     "{vm=\"" UUID_2 "\"}"
#define VCPU(n)	     "{vm=\"" UUID_1 "\",vcpu=\"" #n "\"}"
#define PART(l, p)   "{vm=\"" UUID_1 "\"," l "=\"" p "\"}"
#define STALL(r, k)  "{vm=\"" UUID_1 "\",resource=\"" r "\",kind=\"" k "\"}"
#define NIC(d)	     "{vm=\"" UUID_1 "\",nic=\"0\",direction=\"" d "\"}"
#define DROP(d, r)   "{vm=\"" UUID_1 "\",nic=\"0\",direction=\"" d "\",reason=\"" r "\"}"
#define DELAY(le)    "{vm=\"" UUID_1 "\",nic=\"0\",direction=\"receive\",le=\"" le "\"}"
#define DISK(n, d)   "{vm=\"" UUID_1 "\",disk=\"" #n "\",direction=\"" d "\"}"
#define UPLINK(n, d) "{uplink=\"" n "\",direction=\"" d "\"}"
#define REASON(r)    "{vm=\"" UUID_1 "\",vcpu=\"0\",reason=\"" r "\"}"
#define POLL(r)	     "{vm=\"" UUID_1 "\",vcpu=\"0\",result=\"" r "\"}"
#define MODE(m)	     "{vm=\"" UUID_1 "\",vcpu=\"0\",mode=\"" m "\"}"

static void test_openmetrics(void **state)
{
	/* A line each, whatever its length. */
	/* clang-format off */
	static const char expected[] =
		"# TYPE kvrm_build info\n"
		"kvrm_build_info{version=\"" KVRM_VERSION "\"} 1\n"
		"# TYPE kvrm_module_up gauge\n"
		"kvrm_module_up 1\n"
		"# TYPE kvrm_module info\n"
		"kvrm_module_info{version=\"0.1.0\",abi=\"1\",cpu_limiter=\"task-work\"} 1\n"
		"# TYPE kvrm_host_cpu_capacity_cores gauge\n"
		"# UNIT kvrm_host_cpu_capacity_cores cores\n"
		"kvrm_host_cpu_capacity_cores 2\n"
		"# TYPE kvrm_host_memory_capacity_bytes gauge\n"
		"# UNIT kvrm_host_memory_capacity_bytes bytes\n"
		"kvrm_host_memory_capacity_bytes 1100048498688\n"
		"# TYPE kvrm_host_memory_reserve_bytes gauge\n"
		"# UNIT kvrm_host_memory_reserve_bytes bytes\n"
		"kvrm_host_memory_reserve_bytes 536870912\n"
		"# TYPE kvrm_host_sched_ext_attached gauge\n"
		"kvrm_host_sched_ext_attached 1\n"
		"# TYPE kvrm_vms gauge\n"
		"kvrm_vms{state=\"defined\"} 1\n"
		"kvrm_vms{state=\"starting\"} 0\n"
		"kvrm_vms{state=\"active\"} 1\n"
		"kvrm_vms{state=\"paused\"} 0\n"
		"kvrm_vms{state=\"stopping\"} 0\n"
		"# TYPE kvrm_drift_corrected counter\n"
		"kvrm_drift_corrected_total 3\n"
		"kvrm_drift_corrected_created 1700000000\n"
		"# TYPE kvrm_sample_interval_seconds gauge\n"
		"# UNIT kvrm_sample_interval_seconds seconds\n"
		"kvrm_sample_interval_seconds 1.5\n"
		"# TYPE kvrm_vcpu_time_excess_seconds gauge\n"
		"# UNIT kvrm_vcpu_time_excess_seconds seconds\n"
		"kvrm_vcpu_time_excess_seconds 0.004000001\n"
		"# TYPE kvrm_vm info\n"
		"kvrm_vm_info{vm=\"" UUID_1 "\",vm_name=\"web\"} 1\n"
		"kvrm_vm_info{vm=\"" UUID_2 "\",vm_name=\"a\\\"b\\\\c\\nx\"} 1\n"
		"# TYPE kvrm_vm_state stateset\n"
		"kvrm_vm_state{vm=\"" UUID_1 "\",kvrm_vm_state=\"defined\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_1 "\",kvrm_vm_state=\"starting\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_1 "\",kvrm_vm_state=\"active\"} 1\n"
		"kvrm_vm_state{vm=\"" UUID_1 "\",kvrm_vm_state=\"paused\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_1 "\",kvrm_vm_state=\"stopping\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_2 "\",kvrm_vm_state=\"defined\"} 1\n"
		"kvrm_vm_state{vm=\"" UUID_2 "\",kvrm_vm_state=\"starting\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_2 "\",kvrm_vm_state=\"active\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_2 "\",kvrm_vm_state=\"paused\"} 0\n"
		"kvrm_vm_state{vm=\"" UUID_2 "\",kvrm_vm_state=\"stopping\"} 0\n"
		"# TYPE kvrm_vm_start_time_seconds gauge\n"
		"# UNIT kvrm_vm_start_time_seconds seconds\n"
		"kvrm_vm_start_time_seconds" VM_1 " 1700000000.123456\n"
		"# TYPE kvrm_vm_cpu_time_seconds counter\n"
		"# UNIT kvrm_vm_cpu_time_seconds seconds\n"
		"kvrm_vm_cpu_time_seconds_total" VCPU(0) " 18446744073.709551615\n"
		"kvrm_vm_cpu_time_seconds_created" VCPU(0) " 1700000001\n"
		"# TYPE kvrm_vm_cpu_ready_seconds counter\n"
		"# UNIT kvrm_vm_cpu_ready_seconds seconds\n"
		"kvrm_vm_cpu_ready_seconds_total" VCPU(0) " 0.000000001\n"
		"kvrm_vm_cpu_ready_seconds_created" VCPU(0) " 1700000001\n"
		"# TYPE kvrm_vm_cpu_limited_seconds counter\n"
		"# UNIT kvrm_vm_cpu_limited_seconds seconds\n"
		"kvrm_vm_cpu_limited_seconds_total" VCPU(0) " 1.5\n"
		"kvrm_vm_cpu_limited_seconds_created" VCPU(0) " 1700000001\n"
		"# TYPE kvrm_vm_cpu_halted_seconds counter\n"
		"# UNIT kvrm_vm_cpu_halted_seconds seconds\n"
		"kvrm_vm_cpu_halted_seconds_total" VCPU(0) " 0\n"
		"kvrm_vm_cpu_halted_seconds_created" VCPU(0) " 1700000001\n"
		"# TYPE kvrm_vm_cpu_waiting_seconds counter\n"
		"# UNIT kvrm_vm_cpu_waiting_seconds seconds\n"
		"kvrm_vm_cpu_waiting_seconds_total" VCPU(0) " 0.25\n"
		"kvrm_vm_cpu_waiting_seconds_created" VCPU(0) " 1700000001\n"
		"# TYPE kvrm_vm_cpu_mode_seconds counter\n"
		"# UNIT kvrm_vm_cpu_mode_seconds seconds\n"
		"kvrm_vm_cpu_mode_seconds_total" MODE("guest") " 18446744073.709551614\n"
		"kvrm_vm_cpu_mode_seconds_created" MODE("guest") " 1700000001\n"
		"kvrm_vm_cpu_mode_seconds_total" MODE("kernel") " 0\n"
		"kvrm_vm_cpu_mode_seconds_created" MODE("kernel") " 1700000001\n"
		"kvrm_vm_cpu_mode_seconds_total" MODE("user") " 0.000000001\n"
		"kvrm_vm_cpu_mode_seconds_created" MODE("user") " 1700000001\n"
		"# TYPE kvrm_vm_cpu_overhead_seconds counter\n"
		"# UNIT kvrm_vm_cpu_overhead_seconds seconds\n"
		"kvrm_vm_cpu_overhead_seconds_total" PART("kind", "emulator") " 3.5\n"
		"kvrm_vm_cpu_overhead_seconds_created" PART("kind", "emulator") " 1700000001\n"
		"kvrm_vm_cpu_overhead_seconds_total" PART("kind", "io") " 0\n"
		"kvrm_vm_cpu_overhead_seconds_created" PART("kind", "io") " 1700000001\n"
		"# TYPE kvrm_vm_exits counter\n"
		"kvrm_vm_exits_total" VCPU(0) " 1000\n"
		"kvrm_vm_exits_created" VCPU(0) " 1700000000.123456\n"
		"kvrm_vm_exits_total" VCPU(1) " 7\n"
		"kvrm_vm_exits_created" VCPU(1) " 1700000000.123456\n"
		"# TYPE kvrm_vm_exits_by_reason counter\n"
		"kvrm_vm_exits_by_reason_total" REASON("io") " 400\n"
		"kvrm_vm_exits_by_reason_created" REASON("io") " 1700000000.123456\n"
		"kvrm_vm_exits_by_reason_total" REASON("page_fault") " 0\n"
		"kvrm_vm_exits_by_reason_created" REASON("page_fault") " 1700000000.123456\n"
		"# TYPE kvrm_vm_exit_duration_seconds histogram\n"
		"# UNIT kvrm_vm_exit_duration_seconds seconds\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000000256\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000000512\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000001024\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000002048\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000004096\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000008192\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000016384\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000032768\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000065536\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000131072\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000262144\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.000524288\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.001048576\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.002097152\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.004194304\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.008388608\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.016777216\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.033554432\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.067108864\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.134217728\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.268435456\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"0.536870912\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"1.073741824\"} 3\n"
		"kvrm_vm_exit_duration_seconds_bucket{vm=\"" UUID_1 "\",reason=\"io\",le=\"+Inf\"} 4\n"
		"kvrm_vm_exit_duration_seconds_count" PART("reason", "io") " 4\n"
		"kvrm_vm_exit_duration_seconds_sum" PART("reason", "io") " 4\n"
		"# TYPE kvrm_vm_user_exits counter\n"
		"kvrm_vm_user_exits_total" PART("reason", "io") " 9\n"
		"# TYPE kvrm_vm_user_exit_seconds counter\n"
		"# UNIT kvrm_vm_user_exit_seconds seconds\n"
		"kvrm_vm_user_exit_seconds_total" PART("reason", "io") " 0.000000005\n"
		"# TYPE kvrm_vm_cpu_wakeup_delay_seconds histogram\n"
		"# UNIT kvrm_vm_cpu_wakeup_delay_seconds seconds\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000000256\"} 0\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000000512\"} 0\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000001024\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000002048\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000004096\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000008192\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000016384\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000032768\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000065536\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000131072\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000262144\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.000524288\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.001048576\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.002097152\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.004194304\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.008388608\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.016777216\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.033554432\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.067108864\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.134217728\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.268435456\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.536870912\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"1.073741824\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_bucket{vm=\"" UUID_1 "\",le=\"+Inf\"} 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_count" VM_1 " 4\n"
		"kvrm_vm_cpu_wakeup_delay_seconds_sum" VM_1 " 0.000003\n"
		"# TYPE kvrm_vm_cpu_entered_seconds counter\n"
		"# UNIT kvrm_vm_cpu_entered_seconds seconds\n"
		"kvrm_vm_cpu_entered_seconds_total" VCPU(0) " 2\n"
		"# TYPE kvrm_vm_probe_seconds counter\n"
		"# UNIT kvrm_vm_probe_seconds seconds\n"
		"kvrm_vm_probe_seconds_total" VCPU(0) " 0.000000042\n"
		"# TYPE kvrm_vm_cpu_halt_poll_seconds counter\n"
		"# UNIT kvrm_vm_cpu_halt_poll_seconds seconds\n"
		"kvrm_vm_cpu_halt_poll_seconds_total" POLL("success") " 0.0000015\n"
		"kvrm_vm_cpu_halt_poll_seconds_created" POLL("success") " 1700000000.123456\n"
		"kvrm_vm_cpu_halt_poll_seconds_total" POLL("fail") " 0\n"
		"kvrm_vm_cpu_halt_poll_seconds_created" POLL("fail") " 1700000000.123456\n"
		"# TYPE kvrm_vm_cgroup_cpu_seconds counter\n"
		"# UNIT kvrm_vm_cgroup_cpu_seconds seconds\n"
		"kvrm_vm_cgroup_cpu_seconds_total" VM_1 " 12.345678\n"
		"kvrm_vm_cgroup_cpu_seconds_created" VM_1 " 1700000000.123456\n"
		"# TYPE kvrm_vm_cgroup_cpu_limited_seconds counter\n"
		"# UNIT kvrm_vm_cgroup_cpu_limited_seconds seconds\n"
		"kvrm_vm_cgroup_cpu_limited_seconds_total" VM_1 " 0\n"
		"kvrm_vm_cgroup_cpu_limited_seconds_created" VM_1 " 1700000000.123456\n"
		"# TYPE kvrm_vm_cpu_limit_stall_seconds histogram\n"
		"# UNIT kvrm_vm_cpu_limit_stall_seconds seconds\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.001\"} 3\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.002\"} 3\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.004\"} 3\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.008\"} 3\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.016\"} 3\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.032\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.064\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.128\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.256\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"0.512\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"1.024\"} 23\n"
		"kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"" UUID_1 "\",le=\"+Inf\"} 24\n"
		"kvrm_vm_cpu_limit_stall_seconds_count" VM_1 " 24\n"
		"kvrm_vm_cpu_limit_stall_seconds_sum" VM_1 " 2.5\n"
		"kvrm_vm_cpu_limit_stall_seconds_created" VM_1 " 1700000001\n"
		"# TYPE kvrm_vm_sample_rate_hertz gauge\n"
		"# UNIT kvrm_vm_sample_rate_hertz hertz\n"
		"kvrm_vm_sample_rate_hertz" VM_1 " 1000\n"
		"# TYPE kvrm_vm_samples_missed counter\n"
		"kvrm_vm_samples_missed_total" VM_1 " 17\n"
		"kvrm_vm_samples_missed_created" VM_1 " 1700000001\n"
		"# TYPE kvrm_vm_cpu_limit_cores gauge\n"
		"# UNIT kvrm_vm_cpu_limit_cores cores\n"
		"kvrm_vm_cpu_limit_cores" VM_1 " 0.25\n"
		"# TYPE kvrm_vm_cpu_limit_applied_cores gauge\n"
		"# UNIT kvrm_vm_cpu_limit_applied_cores cores\n"
		"kvrm_vm_cpu_limit_applied_cores" VM_1 " 0.25\n"
		"# TYPE kvrm_vm_cpu_reservation_cores gauge\n"
		"# UNIT kvrm_vm_cpu_reservation_cores cores\n"
		"kvrm_vm_cpu_reservation_cores" VM_1 " 0.125\n"
		"kvrm_vm_cpu_reservation_cores" VM_2 " 0\n"
		"# TYPE kvrm_vm_cpu_weight gauge\n"
		"kvrm_vm_cpu_weight" VM_1 " 300\n"
		"# TYPE kvrm_vm_cpu_demand_cores gauge\n"
		"# UNIT kvrm_vm_cpu_demand_cores cores\n"
		"kvrm_vm_cpu_demand_cores" VM_1 " 1.5\n"
		"# TYPE kvrm_vm_cpu_entitlement_cores gauge\n"
		"# UNIT kvrm_vm_cpu_entitlement_cores cores\n"
		"kvrm_vm_cpu_entitlement_cores" VM_1 " 0\n"
		"# TYPE kvrm_vm_memory_size_bytes gauge\n"
		"# UNIT kvrm_vm_memory_size_bytes bytes\n"
		"kvrm_vm_memory_size_bytes" VM_1 " 1073741824\n"
		"# TYPE kvrm_vm_memory_consumed_bytes gauge\n"
		"# UNIT kvrm_vm_memory_consumed_bytes bytes\n"
		"kvrm_vm_memory_consumed_bytes" VM_1 " 536870912\n"
		"# TYPE kvrm_vm_memory_active_bytes gauge\n"
		"# UNIT kvrm_vm_memory_active_bytes bytes\n"
		"kvrm_vm_memory_active_bytes" VM_1 " 0\n"
		"# TYPE kvrm_vm_memory_swapped_bytes gauge\n"
		"# UNIT kvrm_vm_memory_swapped_bytes bytes\n"
		"kvrm_vm_memory_swapped_bytes" VM_1 " 8192\n"
		"# TYPE kvrm_vm_memory_faults counter\n"
		"kvrm_vm_memory_faults_total" PART("type", "minor") " 9000\n"
		"kvrm_vm_memory_faults_created" PART("type", "minor") " 1700000000.123456\n"
		"kvrm_vm_memory_faults_total" PART("type", "major") " 0\n"
		"kvrm_vm_memory_faults_created" PART("type", "major") " 1700000000.123456\n"
		"# TYPE kvrm_vm_memory_swap_bytes counter\n"
		"# UNIT kvrm_vm_memory_swap_bytes bytes\n"
		"kvrm_vm_memory_swap_bytes_total" PART("direction", "out") " 12288\n"
		"kvrm_vm_memory_swap_bytes_created" PART("direction", "out") " 1700000000.123456\n"
		"# TYPE kvrm_vm_memory_scanned_bytes counter\n"
		"# UNIT kvrm_vm_memory_scanned_bytes bytes\n"
		"kvrm_vm_memory_scanned_bytes_total" PART("by", "kswapd") " 4096\n"
		"kvrm_vm_memory_scanned_bytes_created" PART("by", "kswapd") " 1700000000.123456\n"
		"kvrm_vm_memory_scanned_bytes_total" PART("by", "direct") " 18446744073709551615\n"
		"kvrm_vm_memory_scanned_bytes_created" PART("by", "direct") " 1700000000.123456\n"
		"# TYPE kvrm_vm_memory_reclaimed_bytes counter\n"
		"# UNIT kvrm_vm_memory_reclaimed_bytes bytes\n"
		"kvrm_vm_memory_reclaimed_bytes_total" PART("by", "proactive") " 4096\n"
		"kvrm_vm_memory_reclaimed_bytes_created" PART("by", "proactive") " 1700000000.123456\n"
		"# TYPE kvrm_vm_memory_events counter\n"
		"kvrm_vm_memory_events_total" PART("event", "high") " 7\n"
		"kvrm_vm_memory_events_created" PART("event", "high") " 1700000000.123456\n"
		"kvrm_vm_memory_events_total" PART("event", "oom_kill") " 0\n"
		"kvrm_vm_memory_events_created" PART("event", "oom_kill") " 1700000000.123456\n"
		"# TYPE kvrm_vm_pressure_stall_seconds counter\n"
		"# UNIT kvrm_vm_pressure_stall_seconds seconds\n"
		"kvrm_vm_pressure_stall_seconds_total" STALL("cpu", "some") " 1.5\n"
		"kvrm_vm_pressure_stall_seconds_created" STALL("cpu", "some") " 1700000000.123456\n"
		"kvrm_vm_pressure_stall_seconds_total" STALL("cpu", "full") " 0\n"
		"kvrm_vm_pressure_stall_seconds_created" STALL("cpu", "full") " 1700000000.123456\n"
		"kvrm_vm_pressure_stall_seconds_total" STALL("memory", "some") " 0.000001\n"
		"kvrm_vm_pressure_stall_seconds_created" STALL("memory", "some") " 1700000000.123456\n"
		"kvrm_vm_pressure_stall_seconds_total" STALL("io", "full") " 2\n"
		"kvrm_vm_pressure_stall_seconds_created" STALL("io", "full") " 1700000000.123456\n"
		"# TYPE kvrm_vm_memory_weight gauge\n"
		"kvrm_vm_memory_weight" VM_1 " 250\n"
		"# TYPE kvrm_vm_memory_entitlement_bytes gauge\n"
		"# UNIT kvrm_vm_memory_entitlement_bytes bytes\n"
		"kvrm_vm_memory_entitlement_bytes" VM_1 " 268435456\n"
		"# TYPE kvrm_vm_memory_reservation_bytes gauge\n"
		"# UNIT kvrm_vm_memory_reservation_bytes bytes\n"
		"kvrm_vm_memory_reservation_bytes" VM_1 " 536870912\n"
		"kvrm_vm_memory_reservation_bytes" VM_2 " 0\n"
		"# TYPE kvrm_vm_memory_reservation_applied_bytes gauge\n"
		"# UNIT kvrm_vm_memory_reservation_applied_bytes bytes\n"
		"kvrm_vm_memory_reservation_applied_bytes" VM_1 " 1048576\n"
		"# TYPE kvrm_vm_memory_overhead_bytes gauge\n"
		"# UNIT kvrm_vm_memory_overhead_bytes bytes\n"
		"kvrm_vm_memory_overhead_bytes" VM_1 " 71303168\n"
		"kvrm_vm_memory_overhead_bytes" VM_2 " 0\n"
		"# TYPE kvrm_vm_memory_limit_bytes gauge\n"
		"# UNIT kvrm_vm_memory_limit_bytes bytes\n"
		"kvrm_vm_memory_limit_bytes" VM_1 " 805306368\n"
		"# TYPE kvrm_vm_memory_limit_applied_bytes gauge\n"
		"# UNIT kvrm_vm_memory_limit_applied_bytes bytes\n"
		"kvrm_vm_memory_limit_applied_bytes" VM_1 " 1073741824\n"
		"# TYPE kvrm_vm_memory_balloon_bytes gauge\n"
		"# UNIT kvrm_vm_memory_balloon_bytes bytes\n"
		"kvrm_vm_memory_balloon_bytes" VM_1 " 339738624\n"
		"# TYPE kvrm_vm_memory_plugged_bytes gauge\n"
		"# UNIT kvrm_vm_memory_plugged_bytes bytes\n"
		"kvrm_vm_memory_plugged_bytes" VM_1 " 268435456\n"
		"# TYPE kvrm_vm_network_bytes counter\n"
		"# UNIT kvrm_vm_network_bytes bytes\n"
		"kvrm_vm_network_bytes_total" NIC("receive") " 11\n"
		"kvrm_vm_network_bytes_created" NIC("receive") " 1700000001\n"
		"kvrm_vm_network_bytes_total" NIC("transmit") " 18446744073709551615\n"
		"kvrm_vm_network_bytes_created" NIC("transmit") " 1700000001\n"
		"# TYPE kvrm_vm_network_packets counter\n"
		"kvrm_vm_network_packets_total" NIC("receive") " 12\n"
		"kvrm_vm_network_packets_created" NIC("receive") " 1700000001\n"
		"kvrm_vm_network_packets_total" NIC("transmit") " 0\n"
		"kvrm_vm_network_packets_created" NIC("transmit") " 1700000001\n"
		"# TYPE kvrm_vm_network_dropped_packets counter\n"
		"kvrm_vm_network_dropped_packets_total" DROP("receive", "full") " 13\n"
		"kvrm_vm_network_dropped_packets_created" DROP("receive", "full") " 1700000001\n"
		"kvrm_vm_network_dropped_packets_total" DROP("receive", "device") " 0\n"
		"kvrm_vm_network_dropped_packets_created" DROP("receive", "device") " 1700000001\n"
		"kvrm_vm_network_dropped_packets_total" DROP("receive", "memory") " 2\n"
		"kvrm_vm_network_dropped_packets_created" DROP("receive", "memory") " 1700000001\n"
		"kvrm_vm_network_dropped_packets_total" DROP("transmit", "full") " 0\n"
		"kvrm_vm_network_dropped_packets_created" DROP("transmit", "full") " 1700000001\n"
		"kvrm_vm_network_dropped_packets_total" DROP("transmit", "device") " 0\n"
		"kvrm_vm_network_dropped_packets_created" DROP("transmit", "device") " 1700000001\n"
		"kvrm_vm_network_dropped_packets_total" DROP("transmit", "memory") " 0\n"
		"kvrm_vm_network_dropped_packets_created" DROP("transmit", "memory") " 1700000001\n"
		"# TYPE kvrm_vm_network_delayed_packets counter\n"
		"kvrm_vm_network_delayed_packets_total" NIC("receive") " 14\n"
		"kvrm_vm_network_delayed_packets_created" NIC("receive") " 1700000001\n"
		"kvrm_vm_network_delayed_packets_total" NIC("transmit") " 0\n"
		"kvrm_vm_network_delayed_packets_created" NIC("transmit") " 1700000001\n"
		"# TYPE kvrm_vm_network_limited_seconds counter\n"
		"# UNIT kvrm_vm_network_limited_seconds seconds\n"
		"kvrm_vm_network_limited_seconds_total" NIC("receive") " 1.5\n"
		"kvrm_vm_network_limited_seconds_created" NIC("receive") " 1700000001\n"
		"kvrm_vm_network_limited_seconds_total" NIC("transmit") " 0\n"
		"kvrm_vm_network_limited_seconds_created" NIC("transmit") " 1700000001\n"
		"# TYPE kvrm_vm_network_queue_delay_seconds histogram\n"
		"# UNIT kvrm_vm_network_queue_delay_seconds seconds\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.000125") " 5\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.00025") " 5\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.0005") " 5\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.001") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.002") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.004") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.008") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.016") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.032") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.064") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.128") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.256") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("0.512") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("1.024") " 11\n"
		"kvrm_vm_network_queue_delay_seconds_bucket" DELAY("+Inf") " 12\n"
		"kvrm_vm_network_queue_delay_seconds_count" NIC("receive") " 12\n"
		"kvrm_vm_network_queue_delay_seconds_sum" NIC("receive") " 2.5\n"
		"kvrm_vm_network_queue_delay_seconds_created" NIC("receive") " 1700000001\n"
		"# TYPE kvrm_vm_network_queue_bytes gauge\n"
		"# UNIT kvrm_vm_network_queue_bytes bytes\n"
		"kvrm_vm_network_queue_bytes" NIC("receive") " 16\n"
		"kvrm_vm_network_queue_bytes" NIC("transmit") " 0\n"
		"# TYPE kvrm_vm_network_limit_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_network_limit_bytes_per_second bytes_per_second\n"
		"kvrm_vm_network_limit_bytes_per_second" NIC("receive") " 12500000\n"
		"# TYPE kvrm_vm_network_limit_packets_per_second gauge\n"
		"# UNIT kvrm_vm_network_limit_packets_per_second packets_per_second\n"
		"kvrm_vm_network_limit_packets_per_second" NIC("transmit") " 1000\n"
		"# TYPE kvrm_vm_network_reservation_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_network_reservation_bytes_per_second bytes_per_second\n"
		"kvrm_vm_network_reservation_bytes_per_second" NIC("transmit") " 5000\n"
		"# TYPE kvrm_vm_network_weight gauge\n"
		"kvrm_vm_network_weight" NIC("receive") " 200\n"
		"kvrm_vm_network_weight" NIC("transmit") " 1\n"
		"# TYPE kvrm_vm_network_demand_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_network_demand_bytes_per_second bytes_per_second\n"
		"kvrm_vm_network_demand_bytes_per_second" NIC("receive") " 17\n"
		"kvrm_vm_network_demand_bytes_per_second" NIC("transmit") " 0\n"
		"# TYPE kvrm_vm_network_entitlement_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_network_entitlement_bytes_per_second bytes_per_second\n"
		"kvrm_vm_network_entitlement_bytes_per_second" NIC("receive") " 18\n"
		"kvrm_vm_network_entitlement_bytes_per_second" NIC("transmit") " 0\n"
		"# TYPE kvrm_vm_network_applied_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_network_applied_bytes_per_second bytes_per_second\n"
		"kvrm_vm_network_applied_bytes_per_second" NIC("receive") " 19\n"
		"# TYPE kvrm_vm_disk_bytes counter\n"
		"# UNIT kvrm_vm_disk_bytes bytes\n"
		"kvrm_vm_disk_bytes_total" DISK(0, "read") " 21\n"
		"kvrm_vm_disk_bytes_created" DISK(0, "read") " 1700000000.123456\n"
		"kvrm_vm_disk_bytes_total" DISK(0, "write") " 18446744073709551615\n"
		"kvrm_vm_disk_bytes_created" DISK(0, "write") " 1700000000.123456\n"
		"# TYPE kvrm_vm_disk_operations counter\n"
		"kvrm_vm_disk_operations_total" DISK(0, "read") " 22\n"
		"kvrm_vm_disk_operations_created" DISK(0, "read") " 1700000000.123456\n"
		"kvrm_vm_disk_operations_total" DISK(0, "write") " 0\n"
		"kvrm_vm_disk_operations_created" DISK(0, "write") " 1700000000.123456\n"
		"# TYPE kvrm_vm_disk_failed_operations counter\n"
		"kvrm_vm_disk_failed_operations_total" DISK(0, "read") " 23\n"
		"kvrm_vm_disk_failed_operations_created" DISK(0, "read") " 1700000000.123456\n"
		"kvrm_vm_disk_failed_operations_total" DISK(0, "write") " 0\n"
		"kvrm_vm_disk_failed_operations_created" DISK(0, "write") " 1700000000.123456\n"
		"# TYPE kvrm_vm_disk_io_seconds counter\n"
		"# UNIT kvrm_vm_disk_io_seconds seconds\n"
		"kvrm_vm_disk_io_seconds_total" DISK(0, "read") " 2.5\n"
		"kvrm_vm_disk_io_seconds_created" DISK(0, "read") " 1700000000.123456\n"
		"kvrm_vm_disk_io_seconds_total" DISK(0, "write") " 0\n"
		"kvrm_vm_disk_io_seconds_created" DISK(0, "write") " 1700000000.123456\n"
		"# TYPE kvrm_vm_disk_limit_bytes_per_second gauge\n"
		"# UNIT kvrm_vm_disk_limit_bytes_per_second bytes_per_second\n"
		"kvrm_vm_disk_limit_bytes_per_second" DISK(0, "read") " 100000000\n"
		"kvrm_vm_disk_limit_bytes_per_second" DISK(1, "write") " 1\n"
		"# TYPE kvrm_vm_disk_limit_operations_per_second gauge\n"
		"# UNIT kvrm_vm_disk_limit_operations_per_second operations_per_second\n"
		"kvrm_vm_disk_limit_operations_per_second" DISK(0, "write") " 500\n"
		"# TYPE kvrm_pool info\n"
		"kvrm_pool_info{pool=\"host\",parent=\"\"} 1\n"
		"kvrm_pool_info{pool=\"web\",parent=\"host\"} 1\n"
		"# TYPE kvrm_pool_cpu_capacity_cores gauge\n"
		"# UNIT kvrm_pool_cpu_capacity_cores cores\n"
		"kvrm_pool_cpu_capacity_cores{pool=\"host\"} 1.9\n"
		"kvrm_pool_cpu_capacity_cores{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_cpu_reserved_cores gauge\n"
		"# UNIT kvrm_pool_cpu_reserved_cores cores\n"
		"kvrm_pool_cpu_reserved_cores{pool=\"host\"} 0.125\n"
		"kvrm_pool_cpu_reserved_cores{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_cpu_unreserved_cores gauge\n"
		"# UNIT kvrm_pool_cpu_unreserved_cores cores\n"
		"kvrm_pool_cpu_unreserved_cores{pool=\"host\"} 1.775\n"
		"kvrm_pool_cpu_unreserved_cores{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_cpu_used_cores gauge\n"
		"# UNIT kvrm_pool_cpu_used_cores cores\n"
		"kvrm_pool_cpu_used_cores{pool=\"host\"} 0.2\n"
		"# TYPE kvrm_pool_cpu_demand_cores gauge\n"
		"# UNIT kvrm_pool_cpu_demand_cores cores\n"
		"kvrm_pool_cpu_demand_cores{pool=\"host\"} 1.5\n"
		"# TYPE kvrm_pool_cpu_entitlement_cores gauge\n"
		"# UNIT kvrm_pool_cpu_entitlement_cores cores\n"
		"kvrm_pool_cpu_entitlement_cores{pool=\"host\"} 1.9\n"
		"# TYPE kvrm_pool_cpu_limit_cores gauge\n"
		"# UNIT kvrm_pool_cpu_limit_cores cores\n"
		"kvrm_pool_cpu_limit_cores{pool=\"web\"} 0.5\n"
		"# TYPE kvrm_pool_cpu_weight gauge\n"
		"kvrm_pool_cpu_weight{pool=\"web\"} 1\n"
		"# TYPE kvrm_pool_memory_capacity_bytes gauge\n"
		"# UNIT kvrm_pool_memory_capacity_bytes bytes\n"
		"kvrm_pool_memory_capacity_bytes{pool=\"host\"} 1099511627776\n"
		"kvrm_pool_memory_capacity_bytes{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_memory_reserved_bytes gauge\n"
		"# UNIT kvrm_pool_memory_reserved_bytes bytes\n"
		"kvrm_pool_memory_reserved_bytes{pool=\"host\"} 1073741824\n"
		"kvrm_pool_memory_reserved_bytes{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_memory_unreserved_bytes gauge\n"
		"# UNIT kvrm_pool_memory_unreserved_bytes bytes\n"
		"kvrm_pool_memory_unreserved_bytes{pool=\"host\"} 1098437885952\n"
		"kvrm_pool_memory_unreserved_bytes{pool=\"web\"} 0\n"
		"# TYPE kvrm_pool_memory_consumed_bytes gauge\n"
		"# UNIT kvrm_pool_memory_consumed_bytes bytes\n"
		"kvrm_pool_memory_consumed_bytes{pool=\"host\"} 12345\n"
		"# TYPE kvrm_pool_memory_limit_bytes gauge\n"
		"# UNIT kvrm_pool_memory_limit_bytes bytes\n"
		"kvrm_pool_memory_limit_bytes{pool=\"web\"} 268435456\n"
		"# TYPE kvrm_pool_memory_limit_applied_bytes gauge\n"
		"# UNIT kvrm_pool_memory_limit_applied_bytes bytes\n"
		"kvrm_pool_memory_limit_applied_bytes{pool=\"web\"} 536870912\n"
		"# TYPE kvrm_pool_members gauge\n"
		"kvrm_pool_members{pool=\"host\"} 2\n"
		"kvrm_pool_members{pool=\"web\"} 0\n"
		"# TYPE kvrm_uplink info\n"
		"kvrm_uplink_info{uplink=\"lan\",parent=\"\",bridge=\"br0\"} 1\n"
		"kvrm_uplink_info{uplink=\"gold\",parent=\"lan\",bridge=\"\"} 1\n"
		"# TYPE kvrm_uplink_capacity_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_capacity_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_capacity_bytes_per_second" UPLINK("lan", "receive") " 1000\n"
		"kvrm_uplink_capacity_bytes_per_second" UPLINK("lan", "transmit") " 1099511627776\n"
		"kvrm_uplink_capacity_bytes_per_second" UPLINK("gold", "receive") " 300\n"
		"kvrm_uplink_capacity_bytes_per_second" UPLINK("gold", "transmit") " 0\n"
		"# TYPE kvrm_uplink_reserved_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_reserved_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_reserved_bytes_per_second" UPLINK("lan", "receive") " 300\n"
		"kvrm_uplink_reserved_bytes_per_second" UPLINK("lan", "transmit") " 0\n"
		"kvrm_uplink_reserved_bytes_per_second" UPLINK("gold", "receive") " 0\n"
		"kvrm_uplink_reserved_bytes_per_second" UPLINK("gold", "transmit") " 0\n"
		"# TYPE kvrm_uplink_unreserved_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_unreserved_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_unreserved_bytes_per_second" UPLINK("lan", "receive") " 700\n"
		"kvrm_uplink_unreserved_bytes_per_second" UPLINK("lan", "transmit") " 0\n"
		"kvrm_uplink_unreserved_bytes_per_second" UPLINK("gold", "receive") " 0\n"
		"kvrm_uplink_unreserved_bytes_per_second" UPLINK("gold", "transmit") " 0\n"
		"# TYPE kvrm_uplink_used_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_used_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_used_bytes_per_second" UPLINK("lan", "receive") " 4\n"
		"kvrm_uplink_used_bytes_per_second" UPLINK("lan", "transmit") " 0\n"
		"# TYPE kvrm_uplink_demand_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_demand_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_demand_bytes_per_second" UPLINK("lan", "receive") " 5\n"
		"kvrm_uplink_demand_bytes_per_second" UPLINK("lan", "transmit") " 0\n"
		"# TYPE kvrm_uplink_entitlement_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_entitlement_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_entitlement_bytes_per_second" UPLINK("lan", "receive") " 6\n"
		"kvrm_uplink_entitlement_bytes_per_second" UPLINK("lan", "transmit") " 0\n"
		"# TYPE kvrm_uplink_contended gauge\n"
		"kvrm_uplink_contended" UPLINK("lan", "receive") " 1\n"
		"kvrm_uplink_contended" UPLINK("lan", "transmit") " 0\n"
		"# TYPE kvrm_uplink_limit_bytes_per_second gauge\n"
		"# UNIT kvrm_uplink_limit_bytes_per_second bytes_per_second\n"
		"kvrm_uplink_limit_bytes_per_second" UPLINK("gold", "transmit") " 900\n"
		"# TYPE kvrm_uplink_weight gauge\n"
		"kvrm_uplink_weight" UPLINK("gold", "receive") " 7\n"
		"kvrm_uplink_weight" UPLINK("gold", "transmit") " 8\n"
		"# TYPE kvrm_uplink_members gauge\n"
		"kvrm_uplink_members{uplink=\"lan\"} 2\n"
		"kvrm_uplink_members{uplink=\"gold\"} 0\n"
		"# TYPE kvrm_admission counter\n"
		"kvrm_admission_total{result=\"admitted\"} 5\n"
		"kvrm_admission_created{result=\"admitted\"} 1700000000\n"
		"kvrm_admission_total{result=\"refused\"} 1\n"
		"kvrm_admission_created{result=\"refused\"} 1700000000\n"
		"# EOF\n";
	/* clang-format on */
	_cleanup_free_ char *text = write_full(OPENMETRICS_TEXT);

	drop_help(text);
	assert_string_equal(text, expected);
}

/* The same numbers; what differs is listed here. */
static void test_prometheus(void **state)
{
	static const char *const present[] = {
		"# TYPE kvrm_build_info gauge\nkvrm_build_info{",
		"# TYPE kvrm_vm_info gauge\nkvrm_vm_info{",
		"# TYPE kvrm_vm_state gauge\nkvrm_vm_state{",
		"# TYPE kvrm_drift_corrected_total counter\nkvrm_drift_corrected_total 3\n",
		"# TYPE kvrm_vm_cpu_time_seconds_total counter\n"
		"kvrm_vm_cpu_time_seconds_total" VCPU(0) " 18446744073.709551615\n",
		"kvrm_vm_info{vm=\"" UUID_2 "\",vm_name=\"a\\\"b\\\\c\\nx\"} 1\n",
	};
	static const char *const absent[] = { "_created", "# UNIT", "# EOF", " info\n",
					      " stateset\n" };
	_cleanup_free_ char *text = write_full(OPENMETRICS_PROMETHEUS);

	drop_help(text);
	for (size_t i = 0; i < sizeof(present) / sizeof(*present); i++) {
		if (!strstr(text, present[i]))
			fail_msg("'%s' is missing in\n%s", present[i], text);
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		if (strstr(text, absent[i]))
			fail_msg("'%s' is in\n%s", absent[i], text);
	}
}

static void test_help(void **state)
{
	for (int format = OPENMETRICS_TEXT; format <= OPENMETRICS_PROMETHEUS; format++) {
		_cleanup_free_ char *text = write_full(format);
		int types = 0, helps = 0;

		for (const char *at = text; (at = strstr(at, "# TYPE ")); at++)
			types++;
		for (const char *at = text; (at = strstr(at, "# HELP ")); at++)
			helps++;
		/* Everything of the table is in the full snapshot, with its help. */
		assert_int_equal(types, KVRM_METRIC_COUNT);
		assert_int_equal(helps, KVRM_METRIC_COUNT);
	}
}

/* Nothing is known: nothing is shown as 0, and families without samples do not appear. */
static void test_nothing_known(void **state)
{
	static const char expected[] = "# TYPE kvrm_build info\n"
				       "kvrm_build_info{version=\"" KVRM_VERSION "\"} 1\n"
				       "# TYPE kvrm_module_up gauge\n"
				       "kvrm_module_up 0\n"
				       "# TYPE kvrm_vms gauge\n"
				       "kvrm_vms{state=\"defined\"} 0\n"
				       "kvrm_vms{state=\"starting\"} 0\n"
				       "kvrm_vms{state=\"active\"} 0\n"
				       "kvrm_vms{state=\"paused\"} 0\n"
				       "kvrm_vms{state=\"stopping\"} 0\n"
				       "# TYPE kvrm_drift_corrected counter\n"
				       "kvrm_drift_corrected_total 0\n"
				       "# TYPE kvrm_admission counter\n"
				       "kvrm_admission_total{result=\"admitted\"} 0\n"
				       "kvrm_admission_total{result=\"refused\"} 0\n"
				       "# EOF\n";
	const struct metric_snapshot snapshot = { .n_vms = 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(openmetrics_write(&snapshot, OPENMETRICS_TEXT, &text, &size), 0);
	drop_help(text);
	assert_string_equal(text, expected);
}

/* A virtual system that runs without the module: its cgroup is known, its virtual CPUs are not. */
static void test_without_module(void **state)
{
	const struct vm_sample sample = { .known = VM_KNOWS_USAGE, .usage_us = 5 };
	const struct metric_vm vm = {
		.uuid = UUID_1, .name = "x", .state = KVRM_VM_STATE_PAUSED, .sample = &sample
	};
	const struct metric_snapshot snapshot = { .vms = &vm, .n_vms = 1 };
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(openmetrics_write(&snapshot, OPENMETRICS_TEXT, &text, &size), 0);
	assert_non_null(strstr(text, "\nkvrm_vm_cgroup_cpu_seconds_total" VM_1 " 0.000005\n"));
	/* When it began is not known. */
	assert_null(strstr(text, "_created"));
	assert_null(strstr(text, "vcpu"));
	assert_null(strstr(text, "\nkvrm_vm_cgroup_cpu_limited"));
	assert_null(strstr(text, "\nkvrm_vm_memory_size"));
	assert_null(strstr(text, "\nkvrm_vm_memory_consumed"));
	assert_null(strstr(text, "\nkvrm_vm_memory_active"));
	assert_null(strstr(text, "\nkvrm_vm_memory_swap"));
	assert_null(strstr(text, "\nkvrm_vm_memory_faults"));
	assert_null(strstr(text, "\nkvrm_vm_memory_events"));
	assert_null(strstr(text, "\nkvrm_vm_pressure"));
	assert_null(strstr(text, "\nkvrm_host_sched_ext"));
	assert_null(strstr(text, "\nkvrm_vcpu_time_excess"));
	assert_null(strstr(text, "\nkvrm_host_memory"));
	assert_null(strstr(text, "\nkvrm_vm_cpu_limit"));
	assert_null(strstr(text, "\nkvrm_module_info"));
}

static void test_numbers(void **state)
{
	static const struct {
		uint64_t value;
		unsigned int places;
		const char *text;
	} cases[] = {
		{ 0, 0, "0" },
		{ 0, 9, "0" },
		{ 7, 0, "7" },
		{ 1, 9, "0.000000001" },
		{ 10, 9, "0.00000001" },
		{ 999999999, 9, "0.999999999" },
		{ 1000000000, 9, "1" },
		{ 1000000001, 9, "1.000000001" },
		{ 1230000, 6, "1.23" },
		{ UINT64_MAX, 0, "18446744073709551615" },
		{ UINT64_MAX, 9, "18446744073.709551615" },
		{ UINT64_MAX, 18, "18.446744073709551615" },
		{ 1, 18, "0.000000000000000001" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_free_ char *text = NULL;
		struct om_text t = { 0 };
		size_t size;

		om_text_add_number(&t, cases[i].value, cases[i].places);
		assert_int_equal(om_text_take(&t, &text, &size), 0);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_escapes(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct om_text t = { 0 };
	size_t size;

	om_text_add_escaped(&t, "\\\n\"ü", true);
	om_text_add(&t, " ");
	om_text_add_escaped(&t, "\\\n\"", false);
	om_text_add_escaped(&t, "", true);
	assert_int_equal(om_text_take(&t, &text, &size), 0);
	assert_string_equal(text, "\\\\\\n\\\"ü \\\\\\n\"");
	assert_int_equal(size, strlen(text));
}

/* More than one buffer's worth, and every virtual system is there. */
static void test_many(void **state)
{
	enum { N = 1000 };
	struct metric_vm *vms = calloc(N, sizeof(*vms));
	struct metric_snapshot snapshot = { .vms = vms,
					    .n_vms = N,
					    .states = { [KVRM_VM_STATE_DEFINED] = N } };
	_cleanup_free_ char *text = NULL;
	char(*names)[16] = calloc(N, 16);
	char line[64];
	size_t size;

	for (int i = 0; i < N; i++) {
		snprintf(names[i], 16, "vm-%d", i);
		vms[i] = (struct metric_vm){ .uuid = names[i], .name = names[i] };
	}
	assert_int_equal(openmetrics_write(&snapshot, OPENMETRICS_TEXT, &text, &size), 0);
	assert_int_equal(strlen(text), size);
	for (int i = 0; i < N; i++) {
		snprintf(line, sizeof(line), "\nkvrm_vm_info{vm=\"vm-%d\",vm_name=\"vm-%d\"} 1\n",
			 i, i);
		assert_non_null(strstr(text, line));
	}
	assert_non_null(strstr(text, "kvrm_vms{state=\"defined\"} 1000\n"));
	free(names);
	free(vms);
}

static void test_negotiate(void **state)
{
	static const struct {
		const char *accept;
		enum openmetrics_format format;
	} cases[] = {
		{ NULL, OPENMETRICS_PROMETHEUS },
		{ "", OPENMETRICS_PROMETHEUS },
		{ "*/*", OPENMETRICS_PROMETHEUS },
		{ "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text", OPENMETRICS_TEXT },
		{ "Application/OpenMetrics-Text ; Version=1.0.0", OPENMETRICS_TEXT },
		{ "application/openmetrics-text;version=2.0.0,text/plain", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.2,text/plain;q=0.5", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.5,text/plain;q=0.5", OPENMETRICS_TEXT },
		{ "text/plain;q=0.5,\tapplication/openmetrics-text;version=0.0.1;q=0.75",
		  OPENMETRICS_TEXT },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		  "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
		  "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		  OPENMETRICS_TEXT },
		{ "text/plain;version=0.0.4;q=1,*/*;q=0.1", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;version=\"1.0.0\"", OPENMETRICS_TEXT },
		{ "application/*", OPENMETRICS_TEXT },
		{ "text/*, application/*;q=0.9", OPENMETRICS_PROMETHEUS },
		/* The most specific range counts, wherever it is. */
		{ "*/*, text/plain;q=0", OPENMETRICS_TEXT },
		{ "text/plain;q=0, */*", OPENMETRICS_TEXT },
		{ "application/openmetrics-text;q=0, */*", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;version=1.0.0;q=0.1,"
		  "application/openmetrics-text;q=0.9,text/plain;q=0.5",
		  OPENMETRICS_PROMETHEUS },
		{ "text/plain;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.1,"
		  "application/openmetrics-text;q=0.5",
		  OPENMETRICS_TEXT },
		/* Not one of them is served: the one that everybody reads. */
		{ "image/png", OPENMETRICS_PROMETHEUS },
		{ "*/*;q=0", OPENMETRICS_PROMETHEUS },
		/* Nonsense. */
		{ "application/openmetrics-text;version=\"1.0.0, text/plain",
		  OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;version=\"1.0.0\\", OPENMETRICS_PROMETHEUS },
		{ ",,;;q=,=;", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=x", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=2", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.00001", OPENMETRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=1.000", OPENMETRICS_TEXT },
		{ "application/openmetrics-textual", OPENMETRICS_PROMETHEUS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (openmetrics_negotiate(cases[i].accept) != cases[i].format)
			fail_msg("'%s' is misunderstood", cases[i].accept);
	}
	assert_string_equal(openmetrics_content_type(OPENMETRICS_TEXT),
			    "application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_string_equal(openmetrics_content_type(OPENMETRICS_PROMETHEUS),
			    "text/plain; version=0.0.4; charset=utf-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openmetrics),    cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_help),	       cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_without_module), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_escapes),	       cmocka_unit_test(test_many),
		cmocka_unit_test(test_negotiate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
