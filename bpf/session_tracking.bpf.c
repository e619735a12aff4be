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
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

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

/* Headers that may stand between the link header and TCP before the packet is given up. */
#define MAX_VLAN_TAGS 3
#define MAX_IPV6_EXTENSIONS 6

#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV6_FRAGMENT_OFFSET 0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001

enum verdict {
	VERDICT_TCP,
	VERDICT_FRAGMENT,
	VERDICT_NOT_IP,
	VERDICT_NOT_TCP,
	VERDICT_MALFORMED,
};

/* What the headers of a packet say. Offsets are from the start of the skb's data. */
struct tcp_packet {
	__u32 network_offset;
	__u32 transport_offset;
	__u32 payload_offset;
	__u32 payload_length;
	__u32 ip_length;	/* from the IP header on, on the wire */
	__u32 sequence;
	__u32 acknowledgement;
	__u32 source[4];
	__u32 destination[4];
	__u16 source_port;
	__u16 destination_port;
	__u16 window;
	__u8 flags;
	__u8 reserved;
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* Its own struct: those of linux/tcp.h have the flags as bit fields. */
struct tcp_header {
	__u16 source_port;
	__u16 destination_port;
	__u32 sequence;
	__u32 acknowledgement;
	__u8 data_offset;	/* 32-bit words, in the upper 4 bits */
	__u8 flags;
	__u16 window;
	__u32 checksum_and_urgent;
};

static __always_inline void map_ipv4(__u32 *address, __u32 ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = bpf_htonl(0x0000ffff);
	address[3] = ipv4;
}

static __always_inline enum verdict read_ipv4(struct __sk_buff *skb, struct tcp_packet *packet)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, packet->network_offset, &ip, sizeof(ip)))
		return VERDICT_MALFORMED;
	if (ip.ihl < 5)
		return VERDICT_MALFORMED;
	if (ip.protocol != IPPROTO_TCP)
		return VERDICT_NOT_TCP;
	if (ip.frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return VERDICT_FRAGMENT;

	packet->ip_length = bpf_ntohs(ip.tot_len);
	packet->transport_offset = packet->network_offset + ip.ihl * 4;
	map_ipv4(packet->source, ip.saddr);
	map_ipv4(packet->destination, ip.daddr);
	return VERDICT_TCP;
}

static __always_inline enum verdict read_ipv6(struct __sk_buff *skb, struct tcp_packet *packet)
{
	struct ipv6hdr ip;
	__u32 offset;
	__u8 next;
	int i;

	if (bpf_skb_load_bytes(skb, packet->network_offset, &ip, sizeof(ip)))
		return VERDICT_MALFORMED;
	offset = packet->network_offset + sizeof(ip);
	next = ip.nexthdr;

#pragma unroll
	for (i = 0; i < MAX_IPV6_EXTENSIONS; i++) {
		struct {
			__u8 next;
			__u8 length;
			__u16 fragment;
		} extension;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			break;
		if (bpf_skb_load_bytes(skb, offset, &extension, sizeof(extension)))
			return VERDICT_MALFORMED;
		if (next == IPPROTO_FRAGMENT) {
			/* Of an atomic fragment (RFC 6946) both are 0, and it is whole. */
			if (extension.fragment &
			    bpf_htons(IPV6_FRAGMENT_OFFSET | IPV6_MORE_FRAGMENTS))
				return extension.next == IPPROTO_TCP ? VERDICT_FRAGMENT
								     : VERDICT_NOT_TCP;
			offset += 8;
		} else if (next == IPPROTO_AH) {
			offset += (extension.length + 2) * 4; /* RFC 4302, 2.2 */
		} else {
			offset += (extension.length + 1) * 8;
		}
		next = extension.next;
	}
	if (next != IPPROTO_TCP)
		return VERDICT_NOT_TCP;

	packet->ip_length = bpf_ntohs(ip.payload_len) + sizeof(ip);
	packet->transport_offset = offset;
	__builtin_memcpy(packet->source, &ip.saddr, sizeof(packet->source));
	__builtin_memcpy(packet->destination, &ip.daddr, sizeof(packet->destination));
	return VERDICT_TCP;
}

static __always_inline enum verdict read_tcp(struct __sk_buff *skb, struct tcp_packet *packet)
{
	struct tcp_header tcp;
	__u32 on_wire = skb->len - packet->network_offset;
	__u32 headers;

	if (bpf_skb_load_bytes(skb, packet->transport_offset, &tcp, sizeof(tcp)))
		return VERDICT_MALFORMED;
	/*
	 * The length field is 0 in a super-packet beyond 64 KiB (BIG TCP); else what it leaves out
	 * is Ethernet padding.
	 */
	if (packet->ip_length <= sizeof(struct ipv6hdr) || packet->ip_length > on_wire)
		packet->ip_length = on_wire;
	packet->payload_offset = packet->transport_offset + (tcp.data_offset >> 4) * 4;
	headers = packet->payload_offset - packet->network_offset;
	if (headers > packet->ip_length || tcp.data_offset < 0x50)
		return VERDICT_MALFORMED;

	packet->payload_length = packet->ip_length - headers;
	packet->sequence = bpf_ntohl(tcp.sequence);
	packet->acknowledgement = bpf_ntohl(tcp.acknowledgement);
	packet->source_port = tcp.source_port;
	packet->destination_port = tcp.destination_port;
	packet->window = tcp.window;
	packet->flags = tcp.flags;
	return VERDICT_TCP;
}

static __always_inline enum verdict read_headers(struct __sk_buff *skb, struct tcp_packet *packet)
{
	__u32 offset = settings.link_header;
	enum verdict verdict;
	__u16 type = 0;
	int i;

	if (offset) {
		/* An accelerated VLAN tag is not in the data; these are the ones that are. */
		if (bpf_skb_load_bytes(skb, offset - sizeof(type), &type, sizeof(type)))
			return VERDICT_MALFORMED;
#pragma unroll
		for (i = 0; i < MAX_VLAN_TAGS; i++) {
			if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
				break;
			if (bpf_skb_load_bytes(skb, offset + 2, &type, sizeof(type)))
				return VERDICT_MALFORMED;
			offset += 4;
		}
	} else {
		type = skb->protocol;
	}

	packet->network_offset = offset;
	if (type == bpf_htons(ETH_P_IP))
		verdict = read_ipv4(skb, packet);
	else if (type == bpf_htons(ETH_P_IPV6))
		verdict = read_ipv6(skb, packet);
	else
		verdict = VERDICT_NOT_IP;
	return verdict == VERDICT_TCP ? read_tcp(skb, packet) : verdict;
}

/* The index in session.side of the packet's sender; fills in the key. */
static __always_inline __u32 make_key(const struct tcp_packet *packet, struct session_key *key)
{
	__u32 sender = 0;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		if (packet->source[i] != packet->destination[i]) {
			sender = packet->source[i] > packet->destination[i];
			goto ordered;
		}
	}
	sender = packet->source_port > packet->destination_port;
ordered:
	if (sender) {
		__builtin_memcpy(key->address[0], packet->destination, 16);
		__builtin_memcpy(key->address[1], packet->source, 16);
		key->port[0] = packet->destination_port;
		key->port[1] = packet->source_port;
	} else {
		__builtin_memcpy(key->address[0], packet->source, 16);
		__builtin_memcpy(key->address[1], packet->destination, 16);
		key->port[0] = packet->source_port;
		key->port[1] = packet->destination_port;
	}
	key->link_id = settings.link_id;
	return sender;
}

static __always_inline __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word;
	hash *= 0x9e3779b1;
	return hash ^ hash >> 15;
}

static __always_inline __u32 flow_hash(const struct session_key *key)
{
	__u32 hash = key->link_id;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		hash = mix(hash, key->address[0][i]);
		hash = mix(hash, key->address[1][i]);
	}
	return mix(mix(hash, key->port[0]), key->port[1]);
}

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

#define CONTENT_BYTES 24

/* Of the token characters (RFC 9110, 5.6.2) those that methods in use are made of. */
static __always_inline bool is_method_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

#define HTTP2_FRAME_HEADER 9
#define HTTP2_HEADERS 0x1
#define HTTP2_END_HEADERS 0x4
#define HTTP2_HEADERS_FLAGS 0x2d

/*
 * Whether a payload begins with an HTTP/2 HEADERS frame (RFC 9113, 6.2) of a usual length that ends
 * its block: how a connection that was there before us shows what it is. The stream id is odd, as
 * those of clients are, and too low to be letters.
 */
static __always_inline bool looks_like_http2(const char *head, __u32 length)
{
	return length > HTTP2_FRAME_HEADER && !head[0] && (__u8)head[1] <= 0x40 &&
	       (head[1] || head[2]) && head[3] == HTTP2_HEADERS &&
	       (head[4] & HTTP2_END_HEADERS) && !(head[4] & ~HTTP2_HEADERS_FLAGS) &&
	       (__u8)head[5] < 0x20 && (head[8] & 1);
}

/*
 * Whether a payload begins like an HTTP/1 request line (letters, a space, then '/', '*' or an
 * absolute URI), an HTTP/1 status line, or the HTTP/2 preface, which has the form of a request
 * line. One that ends before this is settled counts as such: a sender may write a head byte by byte.
 */
static __always_inline bool looks_like_http(struct __sk_buff *skb, const struct tcp_packet *packet)
{
	char head[CONTENT_BYTES] = {};
	__u32 length = packet->payload_length;
	bool after_space = false;
	int i;

	if (length > CONTENT_BYTES)
		length = CONTENT_BYTES;
	/* Without this clang compares copies of it, and the verifier sees no bounds. */
	barrier_var(length);
	if (length == 0 || length > CONTENT_BYTES || bpf_skb_load_bytes(skb, packet->payload_offset, head, length))
		return false;

	if (head[0] == 'H' && head[1] == 'T' && head[2] == 'T' && head[3] == 'P' &&
	    head[4] == '/' && head[5] == '1')
		return true;
	if (looks_like_http2(head, length))
		return true;
	if (head[0] == 'C' && head[1] == 'O' && head[2] == 'N' && head[3] == 'N' &&
	    head[4] == 'E' && head[5] == 'C' && head[6] == 'T' && head[7] == ' ')
		return true;

	for (i = 0; i < CONTENT_BYTES; i++) {
		char c = head[i];

		if (i >= length)
			return true;
		if (after_space)
			return c == '/' || c == '*' || c == 'h' || c == 'H';
		if (c == ' ' && i > 0)
			after_space = true;
		else if (!is_method_character(c) && !(c == '/' && i == 4 && head[0] == 'H'))
			return false;
	}
	return false;
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

	sender = make_key(packet, &key);
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
	else if (!session->protocol && packet->payload_length && looks_like_http(skb, packet))
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

	switch (read_headers(skb, &packet)) {
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
