// SPDX-License-Identifier: Apache-2.0
/*
 * The floor of the data path: loads the agent's own BPF object, attaches it as the agent does, and
 * only counts the records that libbpf hands over. What the agent costs above this is its own.
 *
 *   floor OBJECT INTERFACE [seldom]
 *
 * Is woken for every 64 records or, "seldom", for every eighth of a ring, as the agent is.
 *
 * Prints "attached" on standard error once it counts, and on SIGTERM the records and what was lost.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/session_tracking.h"

#define BPF_TCX_INGRESS 46
#define BPF_TCX_EGRESS 47
#define RING_BYTES (8 << 20)
#define WAKEUP_EVENTS 64
#define POLL_MILLIS 50

static volatile sig_atomic_t stopped;
static unsigned long long records, bytes, lost;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static enum bpf_perf_event_ret count(void *context, int cpu, struct perf_event_header *event)
{
	(void)context;
	(void)cpu;
	if (event->type == PERF_RECORD_SAMPLE) {
		records++;
		bytes += event->size;
	} else if (event->type == PERF_RECORD_LOST) {
		lost += ((const unsigned long long *)(event + 1))[1];
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static int attach(struct bpf_object *object, const char *program, int ifindex, int type)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	return found ? bpf_link_create(bpf_program__fd(found), ifindex, type, NULL) : -ENOENT;
}

int main(int argc, char **argv)
{
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = WAKEUP_EVENTS,
	};
	bool seldom = argc == 4 && !strcmp(argv[3], "seldom");
	struct link_settings settings = {
		.link_header = 14,
		.vantage = VANTAGE_INSIDE,
		.by_content = 1,
	};
	struct perf_buffer *buffer;
	struct bpf_object *object;
	struct bpf_map *data;
	int ifindex;

	if ((argc != 3 && !seldom) || !(ifindex = if_nametoindex(argv[2]))) {
		fprintf(stderr, "floor: usage: floor OBJECT INTERFACE [seldom]\n");
		return 2;
	}
	if (seldom) {
		attributes.watermark = 1;
		attributes.wakeup_watermark = RING_BYTES / 8;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	libbpf_set_print(quiet);

	object = bpf_object__open(argv[1]);
	data = object ? bpf_object__find_map_by_name(object, ".rodata") : NULL;
	if (!data || bpf_map__set_initial_value(data, &settings, sizeof(settings)) ||
	    bpf_object__load(object)) {
		fprintf(stderr, "floor: cannot load %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	buffer = perf_buffer__new_raw(bpf_object__find_map_fd_by_name(object, "skb_events"),
				      RING_BYTES / getpagesize(), &attributes, count, NULL, NULL);
	if (!buffer || attach(object, "wirespan_in", ifindex, BPF_TCX_INGRESS) < 0 ||
	    attach(object, "wirespan_out", ifindex, BPF_TCX_EGRESS) < 0) {
		fprintf(stderr, "floor: cannot attach to %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	fprintf(stderr, "attached\n");
	while (!stopped)
		perf_buffer__poll(buffer, POLL_MILLIS);
	perf_buffer__consume(buffer);
	printf("{\"records\":%llu,\"bytes\":%llu,\"lost\":%llu}\n", records, bytes, lost);
	return 0;
}
