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
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "content.h"
#include "forward.h"
#include "packet.h"
#include "session_key.h"
#include "session_tracking.h"
#include "skip.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct link_settings settings = {};

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

static __always_inline __u64 new_session_id(struct capture_stats *stat)
{
	stat->sessions++;
	return (__u64)bpf_get_smp_processor_id() << 46 | stat->sessions;
}

/* A SYN with another initial sequence number starts another connection on the same ports. */
static __always_inline void track_handshake(struct session *session,
					    const struct tcp_packet *packet, __u64 now,
					    struct capture_stats *stat)
{
	if ((packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		if (session->syn_ns && session->syn_sequence == packet->sequence)
			return;
		session->id = new_session_id(stat);
		session->syn_ns = now;
		session->syn_sequence = packet->sequence;
		session->syn_ack_ns = 0;
		session->handshake_ack_ns = 0;
		session->side[0].has_sequence = 0;
		session->side[1].has_sequence = 0;
		session->side[0].zero_window = 0;
		session->side[1].zero_window = 0;
		__builtin_memset(session->skip, 0, sizeof(session->skip));
		session->skip[0].follow = settings.leave_out;
		session->skip[1].follow = settings.leave_out;
		session->last_sender = 0;
		session->head_asked = 0;
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

/*
 * Whether a packet closes the window of its sender or opens it. One word holds all there is to know,
 * so that who reads it on another CPU never sees half of it.
 */
static __always_inline bool track_window(struct session_side *side,
					 const struct tcp_packet *packet, __u64 now)
{
	__u64 before = side->zero_window;
	bool closed = !packet->window;

	/* That of a reset says nothing. */
	if (packet->flags & TCP_RST || closed == (before & 1))
		return false;
	side->zero_window = closed ? (now - (before >> 1)) << 1 | 1
				   : zero_window_until(before, now) << 1;
	return true;
}

/*
 * Whether the agent has to see a packet of a traced session whatever its payload is. A window that
 * closes or opens is told by what is forwarded next, and of one that stays closed it hears now and
 * then, as of what is left out.
 */
static __always_inline bool is_wanted(const struct session *session,
				      const struct session_side *side,
				      const struct tcp_packet *packet, bool window_changed,
				      __u64 now)
{
	if (packet->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return true;
	if (!settings.leave_out)
		return window_changed;
	return (window_changed || side->zero_window & 1) &&
	       now - session->forwarded_ns > MAX_SILENCE_NS;
}

static __always_inline struct session *find_session(const struct session_key *key, __u64 now,
						    struct scratch *scratch,
						    struct capture_stats *stat)
{
	struct session *session = bpf_map_lookup_elem(&sessions, key);

	if (session)
		return session;
	/* Nothing else in it is ever written. */
	scratch->fresh.first_ns = now;
	scratch->fresh.id = new_session_id(stat);
	bpf_map_update_elem(&sessions, key, &scratch->fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sessions, key);
}

/* Of both sides, if anything was left out of either. */
static __always_inline void describe_skipped(struct scratch *scratch,
					     const struct skip_state *sent,
					     const struct skip_state *received)
{
	scratch->event.has_skipped = sent->skipped.from != sent->skipped.until ||
				     received->skipped.from != received->skipped.until;
	if (scratch->event.has_skipped) {
		scratch->skipped[0] = sent->skipped;
		scratch->skipped[1] = received->skipped;
	}
}

static __always_inline void track_tcp(struct __sk_buff *skb, const struct tcp_packet *packet,
				      bool egress, __u64 now, struct scratch *scratch,
				      struct capture_stats *stat)
{
	__u32 headers = packet->payload_offset - packet->network_offset;
	__u32 wire_packets = skb->gso_segs ? skb->gso_segs : 1;
	struct packet_event *event = &scratch->event;
	struct skip_state *sent_skip, *received_skip;
	struct session_side *sent, *received;
	enum disposition disposition;
	__u8 declared = PROTOCOL_NONE;
	struct session_key key = {};
	struct session *session;
	__u32 sender, expected, wanted_bytes, head;
	bool wanted;
	int error;

	if (!settings.by_content) {
		declared = declared_protocol(packet, egress);
		if (!declared) {
			stat->not_traced++;
			return;
		}
	}

	scratch->sender = make_key(packet, settings.link_id, &key);
	session = find_session(&key, now, scratch, stat);
	if (!session) {
		stat->not_traced++;
		return;
	}
	/* By way of memory it is one path for the verifier, where a number that it knows would be two. */
	barrier();
	sender = scratch->sender & 1;
	sent = &session->side[sender];
	received = &session->side[sender ^ 1];
	sent_skip = &session->skip[sender];
	received_skip = &session->skip[sender ^ 1];

	/* What was left out of a connection is told by the SYN of the one that takes its place. */
	if (packet->flags & TCP_SYN)
		describe_skipped(scratch, sent_skip, received_skip);
	track_handshake(session, packet, now, stat);
	/* Both directions, and so several CPUs, may be here at once for one session. */
	__sync_fetch_and_add(&sent->packets, wire_packets);
	__sync_fetch_and_add(&sent->bytes, packet->ip_length + (wire_packets - 1) * headers);
	session->last_ns = now;
	expected = sent->has_sequence ? sent->next_sequence : packet->sequence;
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
	wanted = is_wanted(session, sent, packet, track_window(sent, packet, now), now);
	disposition = FORWARD;
	head = 0;
	if (packet->payload_length) {
		look_for_skip(sent_skip, stream_id(session, sender), expected);
		disposition = judge(skb, session, sent_skip, packet, sent, received, wanted, now);
		/* Whoever speaks after the other begins a message, if nobody pipelines. */
		if (disposition == LOOK && (sent_skip->follow || received_skip->follow) &&
		    packet->sequence == expected && session->last_sender != sender + 1)
			head = follow_length(skb, session, sent_skip, packet, scratch);
		/* That something is repeated does not mean that the other has gone on. */
		if ((__s32)(packet->sequence - expected) >= 0)
			session->last_sender = sender + 1;
	} else if (!wanted) {
		stat->pure_ack++;
		return;
	} else if (sent_skip->kind == SKIP_CONNECTION &&
		   !(packet->flags & (TCP_SYN | TCP_FIN | TCP_RST))) {
		disposition = LEAVE_OUT;
	}
	scratch->disposition = disposition;
	scratch->head_wanted = head;
	barrier(); /* one path, as above */
	disposition = scratch->disposition;
	head = scratch->head_wanted;
	if (disposition == LEAVE_OUT) {
		if (sent_skip->kind == SKIP_CONNECTION)
			stat->skipped_connection++;
		else
			stat->skipped_body++;
		return;
	}

	event->sent_packets = sent->packets;
	event->sent_bytes = sent->bytes;
	event->received_packets = received->packets;
	event->received_bytes = received->bytes;
	event->syn_ns = session->syn_ns;
	event->syn_ack_ns = session->syn_ack_ns;
	event->handshake_ack_ns = session->handshake_ack_ns;
	event->sent_zero_window = sent->zero_window;
	event->received_zero_window = received->zero_window;
	event->stream_id = stream_id(session, sender);
	event->ip_length = packet->ip_length;
	event->network_offset = packet->network_offset;
	event->transport_offset = packet->transport_offset;
	event->flow_hash = flow_hash(&key);
	event->payload_skipped = disposition == FORWARD_HEADERS || head;
	if (!(packet->flags & TCP_SYN))
		describe_skipped(scratch, sent_skip, received_skip);
	wanted_bytes = skb->len;
	/* Without this clang loads it through one pointer or the other, which no verifier lets pass. */
	barrier_var(wanted_bytes);
	if (disposition == FORWARD_HEADERS || head)
		wanted_bytes = packet->payload_offset + head;
	error = forward(skb, scratch, wanted_bytes, stat);
	if (!error)
		session->forwarded_ns = now;
	if (packet->payload_length && !error)
		begin_run(sent_skip, packet);
	else if (packet->payload_length)
		note_lost(sent_skip, packet, expected, sent, received, now);
}

static __always_inline int track(struct __sk_buff *skb, bool egress)
{
	struct capture_stats *stat;
	struct scratch *scratch;
	__u32 zero = 0;
	__u64 now;

	stat = bpf_map_lookup_elem(&stats, &zero);
	scratch = bpf_map_lookup_elem(&scratches, &zero);
	if (!stat || !scratch)
		return TC_ACT_UNSPEC;
	stat->seen++;

	switch (read_headers(skb, settings.link_header, &scratch->packet)) {
	case VERDICT_TCP:
		now = bpf_ktime_get_ns();
		scratch->event.timestamp_ns = now;
		scratch->event.link_id = settings.link_id;
		scratch->event.wire_packets = skb->gso_segs ? skb->gso_segs : 1;
		scratch->event.egress = egress;
		track_tcp(skb, &scratch->packet, egress, now, scratch, stat);
		break;
	case VERDICT_FRAGMENT:
		/* Only the first has ports: the agent puts them together and decides. */
		__builtin_memset(&scratch->event, 0, sizeof(scratch->event));
		scratch->event.timestamp_ns = bpf_ktime_get_ns();
		scratch->event.link_id = settings.link_id;
		scratch->event.wire_packets = 1;
		scratch->event.egress = egress;
		forward(skb, scratch, skb->len, stat);
		break;
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
