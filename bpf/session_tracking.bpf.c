// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Sees every packet at the tc hooks of an interface, keeps a session for every TCP connection that
 * may matter, and forwards the packets that the agent needs, whole, through a perf ring.
 *
 * Passive: returns TC_ACT_UNSPEC (TCX_NEXT) whatever happens, so that the next program on the hook
 * runs, and writes to no packet.
 *
 * Uses nothing that is newer than Linux 5.10.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "content.h"
#include "packet.h"
#include "session_key.h"
#include "session_tracking.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct link_settings settings = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} skb_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_DECLARED_PORTS);
	__type(key, __u16); /* network byte order */
	__type(value, __u8);
} dports2proto SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_DECLARED_PORTS);
	__type(key, struct egress_key);
	__type(value, __u8);
} egress_lookup_table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct session_key);
	__type(value, struct session);
} sessions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct capture_stats);
} stats SEC(".maps");

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tail_event);
} tails SEC(".maps");

static __always_inline __u8 declared_port(__u16 port)
{
	__u8 *protocol = bpf_map_lookup_elem(&dports2proto, &port);

	return protocol ? *protocol : PROTOCOL_NONE;
}

static __always_inline __u8 declared_destination(const __u32 *address, __u16 port)
{
	struct egress_key key = {
		.prefix_length = 8 * (sizeof(key.port) + sizeof(key.address)),
		.port = port,
	};
	__u8 *protocol;

	__builtin_memcpy(key.address, address, sizeof(key.address));
	protocol = bpf_map_lookup_elem(&egress_lookup_table, &key);
	return protocol ? *protocol : PROTOCOL_NONE;
}

/* What the operator declared for the packet's connection. */
static __always_inline __u8 declared_protocol(const struct tcp_packet *packet, bool egress)
{
	bool any = settings.vantage == VANTAGE_ANY;
	bool to_workload = any || egress == (settings.vantage == VANTAGE_OUTSIDE);
	bool from_workload = any || !to_workload;
	__u8 protocol = PROTOCOL_NONE;

	if (to_workload) {
		protocol = declared_port(packet->destination_port);
		if (!protocol)
			protocol = declared_destination(packet->source, packet->source_port);
	}
	if (from_workload && !protocol) {
		protocol = declared_port(packet->source_port);
		if (!protocol)
			protocol = declared_destination(packet->destination,
							packet->destination_port);
	}
	return protocol;
}

/* A SYN with another initial sequence number starts another connection on the same ports. */
static __always_inline void track_handshake(struct session *session,
					    const struct tcp_packet *packet, __u64 now)
{
	if ((packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		if (session->syn_ns && session->syn_sequence == packet->sequence)
			return;
		session->syn_ns = now;
		session->syn_sequence = packet->sequence;
		session->syn_ack_ns = 0;
		session->handshake_ack_ns = 0;
		session->side[0].has_sequence = 0;
		session->side[1].has_sequence = 0;
		if (settings.by_content)
			session->protocol = PROTOCOL_NONE;
	} else if (packet->flags & TCP_SYN) {
		if (!session->syn_ack_ns)
			session->syn_ack_ns = now;
	} else if (session->syn_ack_ns && !session->handshake_ack_ns &&
		   packet->sequence == session->syn_sequence + 1) {
		session->handshake_ack_ns = now;
	}
}

static __always_inline void track_sequence(struct session_side *side,
					   const struct tcp_packet *packet)
{
	__u32 next = packet->sequence + packet->payload_length;

	if (!packet->payload_length)
		return;
	if (!side->has_sequence || (__s32)(next - side->next_sequence) > 0) {
		side->next_sequence = next;
		side->has_sequence = 1;
	} else if (packet->payload_length > 1) {
		/* A repeated single byte is a keep-alive or zero-window probe. */
		side->retransmitted_segments++;
	}
}

/* Whether the agent has to see a packet of a traced session. */
static __always_inline bool is_wanted(struct session_side *side, const struct tcp_packet *packet)
{
	bool zero_window = !packet->window && !(packet->flags & TCP_RST);
	bool window_changed = zero_window != !!side->zero_window;

	side->zero_window = zero_window;
	return packet->payload_length || window_changed ||
	       packet->flags & (TCP_SYN | TCP_FIN | TCP_RST);
}

static __always_inline long output(struct __sk_buff *skb, void *event, __u64 size,
				   __u64 packet_bytes)
{
	return bpf_perf_event_output(skb, &skb_events, packet_bytes << 32 | BPF_F_CURRENT_CPU,
				     event, size);
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
static __noinline int forward_in_two(struct __sk_buff *skb, struct packet_event *event,
				     struct capture_stats *stat)
{
	__u32 length = skb->len - MAX_CAPTURE;
	struct tail_event *tail;
	__u32 zero = 0;
	long error;

	tail = bpf_map_lookup_elem(&tails, &zero);
	if (!tail || length == 0 || length > MAX_TAIL)
		return -EINVAL;
	if (bpf_skb_load_bytes(skb, MAX_CAPTURE, tail->bytes, length))
		return -EINVAL;

	event->captured_length = MAX_CAPTURE;
	event->part = EVENT_HEAD;
	error = output(skb, event, sizeof(*event), MAX_CAPTURE);
	count_output(stat, error);
	if (error)
		return 0;
	tail->event = *event;
	tail->event.part = EVENT_TAIL;
	tail->event.captured_length = length;
	/* Without it the head is handed over truncated, and says so. */
	if (output(skb, tail, sizeof(*tail), 0))
		stat->truncated++;
	return 0;
}

/* A function of its own: there is one copy of it, and BTF has the type of the event. */
static __noinline int forward(struct __sk_buff *skb, struct packet_event *event,
			      struct capture_stats *stat)
{
	__u64 captured = skb->len;

	event->original_length = skb->len;
	event->link_id = settings.link_id;
	if (captured > MAX_CAPTURE) {
		if (!forward_in_two(skb, event, stat))
			return 0;
		captured = MAX_CAPTURE;
		stat->truncated++;
	}
	event->captured_length = captured;
	event->part = EVENT_WHOLE;
	count_output(stat, output(skb, event, sizeof(*event), captured));
	return 0;
}

static __always_inline struct session *find_session(const struct session_key *key, __u64 now)
{
	struct session fresh = { .first_ns = now };
	struct session *session = bpf_map_lookup_elem(&sessions, key);

	if (session)
		return session;
	bpf_map_update_elem(&sessions, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sessions, key);
}

static __always_inline void track_tcp(struct __sk_buff *skb, const struct tcp_packet *packet,
				      bool egress, __u64 now, struct capture_stats *stat)
{
	__u32 headers = packet->payload_offset - packet->network_offset;
	__u32 wire_packets = skb->gso_segs ? skb->gso_segs : 1;
	struct packet_event event = { .timestamp_ns = now };
	struct session_side *sent, *received;
	__u8 declared = PROTOCOL_NONE;
	struct session_key key = {};
	struct session *session;
	__u32 sender;

	if (!settings.by_content) {
		declared = declared_protocol(packet, egress);
		if (!declared) {
			stat->not_traced++;
			return;
		}
	}

	sender = make_key(packet, settings.link_id, &key);
	session = find_session(&key, now);
	if (!session) {
		stat->not_traced++;
		return;
	}
	if (sender) {
		sent = &session->side[1];
		received = &session->side[0];
	} else {
		sent = &session->side[0];
		received = &session->side[1];
	}

	track_handshake(session, packet, now);
	/* Both directions, and so several CPUs, may be here at once for one session. */
	__sync_fetch_and_add(&sent->packets, wire_packets);
	__sync_fetch_and_add(&sent->bytes, packet->ip_length + (wire_packets - 1) * headers);
	session->last_ns = now;
	track_sequence(sent, packet);

	if (declared)
		session->protocol = declared;
	else if (!session->protocol && packet->payload_length &&
		 looks_like_http(skb, packet->payload_offset, packet->payload_length))
		session->protocol = PROTOCOL_BY_CONTENT;

	if (!session->protocol) {
		stat->not_traced++;
		return;
	}
	if (!is_wanted(sent, packet)) {
		stat->pure_ack++;
		return;
	}

	event.sent_packets = sent->packets;
	event.sent_bytes = sent->bytes;
	event.received_packets = received->packets;
	event.received_bytes = received->bytes;
	event.syn_ns = session->syn_ns;
	event.syn_ack_ns = session->syn_ack_ns;
	event.handshake_ack_ns = session->handshake_ack_ns;
	event.flow_hash = flow_hash(&key);
	event.wire_packets = wire_packets;
	event.egress = egress;
	forward(skb, &event, stat);
}

static __always_inline int track(struct __sk_buff *skb, bool egress)
{
	__u64 now = bpf_ktime_get_ns();
	struct tcp_packet packet = {};
	struct capture_stats *stat;
	__u32 zero = 0;

	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat)
		return TC_ACT_UNSPEC;
	stat->seen++;

	switch (read_headers(skb, settings.link_header, &packet)) {
	case VERDICT_TCP:
		track_tcp(skb, &packet, egress, now, stat);
		break;
	case VERDICT_FRAGMENT: {
		/* Only the first has ports: the agent puts them together and decides. */
		struct packet_event event = {
			.timestamp_ns = now,
			.wire_packets = 1,
			.egress = egress,
		};

		forward(skb, &event, stat);
		break;
	}
	case VERDICT_NOT_IP:
		stat->not_ip++;
		break;
	case VERDICT_NOT_TCP:
		stat->not_tcp++;
		break;
	case VERDICT_MALFORMED:
		stat->malformed++;
		break;
	}
	return TC_ACT_UNSPEC;
}

SEC("tc")
int wirespan_in(struct __sk_buff *skb)
{
	return track(skb, false);
}

SEC("tc")
int wirespan_out(struct __sk_buff *skb)
{
	return track(skb, true);
}
