/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Leaves out of the ring what the agent does not need to see: what it has said, and the bodies of
 * HTTP/1 messages whose length their heads tell.
 *
 * What is left out is always one run of bytes that were seen in order, struct skipped; every
 * forwarded packet of the session, of either side, tells it. A segment that does not continue the
 * run is forwarded, without its payload where that is not needed, and a new run begins behind it.
 * So the agent knows of each byte whether it was forwarded, left out or never seen. What finds the
 * ring full is told in the same way.
 */
#ifndef WIRESPAN_SKIP_H
#define WIRESPAN_SKIP_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "content.h"
#include "forward.h"
#include "head.h"
#include "packet.h"
#include "session_tracking.h"

#define MAX_SKIPS 16384

/* Shorter bodies are not looked for. */
#define LEAST_BODY 65536

/* Of fewer bytes than "HTTP/1.1" it cannot be told whether they are the beginning of a message. */
#define LEAST_TO_TELL 8

/*
 * A payload that is shorter is looked through only if it may be a head alone: whoever sends a large
 * body in the same piece as the head sends more.
 */
#define LEAST_WITH_BODY 1024

/* A run that is longer is told of, so that its ends compare as sequence numbers do. */
#define MAX_RUN (1U << 30)

/* A segment further away than any window in use is of another stream. */
#define MAX_JUMP (1 << 26)

/* A session of which all is left out is heard of this often. */
#define MAX_SILENCE_NS 1000000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SKIPS);
	__type(key, __u64); /* stream_id */
	__type(value, struct skip);
} skips SEC(".maps");

/* The serial of the newest of skips: while it stays the same, there is none to look for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} last_skip SEC(".maps");

enum disposition {
	FORWARD,
	LOOK, /* forward, and it may begin a message */
	FORWARD_HEADERS,
	LEAVE_OUT,
};

static __always_inline __u64 stream_id(const struct session *session, __u32 sender)
{
	return session->id << 1 | sender;
}

/* next: what the side was expected to send next, before this packet. */
static __always_inline void look_for_skip(struct skip_state *state, __u64 stream, __u32 next)
{
	__u32 zero = 0;
	__u32 *newest = bpf_map_lookup_elem(&last_skip, &zero);
	struct skip *skip;

	if (!newest || *newest == state->looked_up)
		return;
	state->looked_up = *newest;
	skip = bpf_map_lookup_elem(&skips, &stream);
	if (!skip || skip->serial == state->serial)
		return;
	state->serial = skip->serial;
	state->follow = skip->follow;
	if (skip->kind == SKIP_TO_END && (__s32)(skip->end - next) <= 0)
		return;
	if (state->kind == SKIP_NOTHING) {
		state->skipped.from = next;
		state->skipped.until = next;
	}
	state->end = skip->end;
	state->kind = skip->kind;
	state->found = 0;
}

/*
 * Whether what is being left out is no body after all: the response was one to HEAD, say, and here
 * begins the next message. So does a body that looks like one, which then is not left out.
 */
static __always_inline bool is_no_body(struct __sk_buff *skb, const struct skip_state *state,
				       const struct tcp_packet *packet)
{
	return state->found && packet->sequence == state->body_start &&
	       (packet->payload_length < LEAST_TO_TELL ||
		looks_like_http(skb, packet->payload_offset, packet->payload_length));
}

static __always_inline bool ends_as_head(struct __sk_buff *skb, const struct tcp_packet *packet)
{
	__u32 end;

	return !bpf_skb_load_bytes(skb,
				   packet->payload_offset + packet->payload_length - sizeof(end),
				   &end, sizeof(end)) &&
	       end == bpf_htonl(0x0d0a0d0a);
}

/*
 * Whether what begins like this is a message that may have a body of a length that its head tells.
 * It is not, if there is none with such a status or after such a request (RFC 9112, 6.3).
 */
static __always_inline bool may_have_body(struct session *session, const char *start)
{
	__u64 word = eight_bytes(start);

	if (word == CHARACTERS('H', 'T', 'T', 'P', '/', '1', '.', '1') ||
	    word == CHARACTERS('H', 'T', 'T', 'P', '/', '1', '.', '0'))
		return start[8] == ' ' && start[9] != '1' && !session->head_asked &&
		       !(start[9] == '2' && start[10] == '0' && start[11] == '4') &&
		       !(start[9] == '3' && start[10] == '0' && start[11] == '4');
	session->head_asked = start[0] == 'H' && start[1] == 'E' && start[2] == 'A' &&
			      start[3] == 'D' && start[4] == ' ';
	return start[0] == 'P' && (start[1] == 'O' || start[1] == 'U' || start[1] == 'A');
}

/* Whether what begins like this, or the answer to it, makes the connection one of something else. */
static __always_inline bool may_end_http1(const char *start)
{
	__u64 word = eight_bytes(start);

	return word == CHARACTERS('C', 'O', 'N', 'N', 'E', 'C', 'T', ' ') ||
	       word == CHARACTERS('P', 'R', 'I', ' ', '*', ' ', 'H', 'T') ||
	       (word == CHARACTERS('H', 'T', 'T', 'P', '/', '1', '.', '1') && start[9] == '1' &&
		start[10] == '0' && start[11] == '1');
}

/*
 * The packet may begin a message. If it does, and bodies of its side may be left out, and its head is
 * there and says how long the body is, that is.
 *
 * Returns the head's length, or 0.
 */
static __always_inline __u32 follow_length(struct __sk_buff *skb, struct session *session,
					   struct skip_state *state,
					   const struct tcp_packet *packet,
					   struct scratch *scratch)
{
	const char *start = scratch->content.bytes;
	__u32 head, rest;

	if (session->protocol == PROTOCOL_HTTP2 || session->protocol == PROTOCOL_TCP ||
	    packet->payload_length < START_BYTES ||
	    LOAD(skb, packet->payload_offset, &scratch->content.start) ||
	    may_end_http1(start)) {
		/* Until the agent has found one more body to leave out. */
		session->skip[0].follow = 0;
		session->skip[1].follow = 0;
		return 0;
	}
	if (!may_have_body(session, start) || !state->follow)
		return 0;
	if (packet->payload_length < LEAST_WITH_BODY && !ends_as_head(skb, packet))
		return 0;
	if (find_body(skb, packet->payload_offset, packet->payload_length))
		return 0;
	head = scratch->head.length;
	if (head > packet->payload_length || scratch->head.content_length < LEAST_BODY ||
	    scratch->head.content_length > MAX_RUN)
		return 0;
	rest = packet->payload_length - head;
	if (rest >= scratch->head.content_length)
		return 0;
	if (rest && (rest < LEAST_TO_TELL ||
		     looks_like_http(skb, packet->payload_offset + head, rest)))
		return 0;
	if (state->skipped.from == state->skipped.until) {
		/* Where there was none for long, sequence numbers may be half their circle away. */
		state->skipped.from = packet->sequence;
		state->skipped.until = packet->sequence;
	}
	state->kind = SKIP_TO_END;
	state->found = 1;
	state->body_start = packet->sequence + head;
	state->end = state->body_start + scratch->head.content_length;
	return head;
}

/* In ns; zero_window as in struct session_side. */
static __always_inline __u64 zero_window_until(__u64 zero_window, __u64 now)
{
	return zero_window & 1 ? now - (zero_window >> 1) : zero_window >> 1;
}

/* Counts a segment that is left out; false if it is none that can be. */
static __always_inline bool leave_out(struct skipped *skipped, const struct tcp_packet *packet,
				      const struct session_side *sent,
				      const struct session_side *received, __u64 now)
{
	__u32 next = packet->sequence + packet->payload_length;
	__u32 length = skipped->until - skipped->from;

	if (packet->sequence != skipped->until) {
		if (packet->sequence - skipped->from >= length)
			return false;
		/* A repeated last byte is a keep-alive probe. */
		if (packet->payload_length > 1 || next != skipped->until)
			skipped->retransmitted++;
		if ((__s32)(next - skipped->until) <= 0)
			return true;
	}
	skipped->until = next;
	skipped->last_ns = now;
	skipped->sent_packets = sent->packets;
	skipped->sent_bytes = sent->bytes;
	skipped->received_packets = received->packets;
	skipped->received_bytes = received->bytes;
	skipped->sent_zero_window = zero_window_until(sent->zero_window, now);
	skipped->received_zero_window = zero_window_until(received->zero_window, now);
	return true;
}

/*
 * What to do with a packet with payload of a traced session.
 *
 * wanted: the packet is to be forwarded for what its header says
 */
static __always_inline enum disposition judge(struct __sk_buff *skb, struct session *session,
					      struct skip_state *state,
					      const struct tcp_packet *packet,
					      const struct session_side *sent,
					      const struct session_side *received, bool wanted,
					      __u64 now)
{
	struct skipped *skipped = &state->skipped;
	__u32 next = packet->sequence + packet->payload_length;
	__s32 ahead = packet->sequence - skipped->until;

	if (packet->flags & TCP_SYN)
		return FORWARD;
	if (state->kind == SKIP_NOTHING)
		return LOOK;
	if (state->kind == SKIP_CONNECTION)
		return packet->flags & (TCP_FIN | TCP_RST) ? FORWARD_HEADERS : LEAVE_OUT;
	if (is_no_body(skb, state, packet)) {
		state->kind = SKIP_NOTHING;
		return LOOK;
	}
	if (ahead > MAX_JUMP || ahead < -(__s32)MAX_RUN - MAX_JUMP) {
		state->kind = SKIP_NOTHING;
		return FORWARD;
	}
	if (state->kind == SKIP_TO_END && (__s32)(next - state->end) >= 0) {
		state->kind = SKIP_NOTHING;
		return next == state->end && ahead >= 0 ? FORWARD_HEADERS : FORWARD;
	}
	if (wanted || now - session->forwarded_ns > MAX_SILENCE_NS ||
	    next - skipped->from > MAX_RUN)
		return ahead >= 0 ? FORWARD_HEADERS : FORWARD;
	if (leave_out(skipped, packet, sent, received, now))
		return LEAVE_OUT;
	return ahead >= 0 ? FORWARD_HEADERS : FORWARD;
}

/*
 * A packet with payload found no room in the ring. In order, it joins the run or begins one: its
 * payload may well be that of a body, of which the agent only needs the length.
 */
static __always_inline void note_lost(struct skip_state *state, const struct tcp_packet *packet,
				      __u32 expected, const struct session_side *sent,
				      const struct session_side *received, __u64 now)
{
	struct skipped *skipped = &state->skipped;
	__u32 next = packet->sequence + packet->payload_length;

	if (packet->flags & TCP_SYN || packet->sequence != expected)
		return;
	if (skipped->from == skipped->until) {
		skipped->from = packet->sequence;
		skipped->until = packet->sequence;
	}
	if (next - skipped->from <= MAX_RUN)
		leave_out(skipped, packet, sent, received, now);
}

/* A packet with payload was forwarded, and with it what was left out before: a new run begins. */
static __always_inline void begin_run(struct skip_state *state, const struct tcp_packet *packet)
{
	struct skipped *skipped = &state->skipped;
	__u32 next = packet->sequence + packet->payload_length;

	if (state->kind == SKIP_NOTHING && skipped->from == skipped->until)
		return;
	if ((__s32)(next - skipped->until) >= 0) {
		skipped->from = next;
		skipped->until = next;
	}
}

#endif
