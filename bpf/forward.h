/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Copies packets into the ring of this CPU. */
#ifndef WIRESPAN_FORWARD_H
#define WIRESPAN_FORWARD_H

#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>

#include "packet.h"
#include "session_tracking.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} skb_events SEC(".maps");

#define CONTENT_BYTES 24
/* What tells of what kind a message is: as much as "HTTP/1.1 200". */
#define START_BYTES 12

/* See looks_like_http. For LOAD also in words: of bytes clang would load one at a time. */
struct content {
	union {
		char bytes[CONTENT_BYTES];
		struct {
			__u32 words[CONTENT_BYTES / 4];
		} whole;
		struct {
			__u32 words[START_BYTES / 4];
		} start;
	};
	__u32 length;
	__u32 after_space;
};

#define MAX_HEAD 512 /* a power of two */
#define MAX_HEAD_LINES 32

/* See find_body. */
struct head_scan {
	__u64 content_length;
	__u64 line_feeds;	/* those of the word at, as its bytes' highest bits; without those seen */
	__u32 at;
	__u32 length;
	__u32 value_at;
	__u32 found;
	__u32 left;
	__u32 end;		/* of what was looked at */
	__u32 lengths;		/* how many of them there are */
	__u32 reserved;
	char bytes[MAX_HEAD + 24]; /* what is compared may go beyond the last byte */
};

/* A record before its packet, and others that are too large for the stack. */
struct scratch {
	struct packet_event event;
	struct skipped skipped[2]; /* of the packet's sender, and of the other side */
	struct tail_event tail;
	struct session fresh;
	struct content content;
	struct head_scan head;
	struct tcp_packet packet;
	__u32 sender;	   /* index in session.side */
	__u32 disposition; /* enum disposition */
	__u32 head_wanted; /* bytes of the payload, if not all of it */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline long output(struct __sk_buff *skb, void *event, __u64 size,
				   __u64 packet_bytes)
{
	return bpf_perf_event_output(skb, &skb_events, packet_bytes << 32 | BPF_F_CURRENT_CPU,
				     event, size);
}

static __always_inline long output_event(struct __sk_buff *skb, struct scratch *scratch,
					 __u64 packet_bytes)
{
	if (scratch->event.has_skipped)
		return output(skb, &scratch->event,
			      sizeof(scratch->event) + sizeof(scratch->skipped), packet_bytes);
	return output(skb, &scratch->event, sizeof(scratch->event), packet_bytes);
}

static __always_inline void count_output(struct capture_stats *stat, long error)
{
	if (!error)
		stat->forwarded++;
	else if (error == -ENOSPC)
		stat->ring_full++;
	else
		stat->output_failed++;
}

/* A packet whose last bytes, at most MAX_TAIL, do not fit into its record. */
static __noinline int forward_in_two(struct __sk_buff *skb, struct scratch *scratch,
				     struct capture_stats *stat)
{
	__u32 length = skb->len - MAX_CAPTURE;
	struct tail_event *tail = &scratch->tail;
	long error;

	if (length == 0 || length > MAX_TAIL)
		return -E2BIG;
	if (bpf_skb_load_bytes(skb, MAX_CAPTURE, tail->bytes, length))
		return -E2BIG;

	scratch->event.captured_length = MAX_CAPTURE;
	scratch->event.part = EVENT_HEAD;
	error = output_event(skb, scratch, MAX_CAPTURE);
	count_output(stat, error);
	if (error)
		return error;
	tail->event = scratch->event;
	tail->event.part = EVENT_TAIL;
	tail->event.has_skipped = 0;
	tail->event.captured_length = length;
	/* Without it the head is handed over truncated, and says so. */
	if (output(skb, tail, sizeof(*tail), 0))
		stat->truncated++;
	return 0;
}

/*
 * A function of its own: there is one copy of it, and BTF has the type of the event. captured is
 * the number of the packet's bytes that are wanted; 0 is an error as the kernel numbers them.
 */
static __noinline int forward(struct __sk_buff *skb, struct scratch *scratch, __u64 captured,
			      struct capture_stats *stat)
{
	long error;

	scratch->event.original_length = skb->len;
	if (captured > MAX_CAPTURE) {
		error = forward_in_two(skb, scratch, stat);
		if (error != -E2BIG)
			return error;
		captured = MAX_CAPTURE;
		stat->truncated++;
	}
	scratch->event.captured_length = captured;
	scratch->event.part = EVENT_WHOLE;
	error = output_event(skb, scratch, captured);
	count_output(stat, error);
	return error;
}

#endif
