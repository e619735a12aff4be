/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What the headers of a packet say, from the link header to TCP. */
#ifndef WIRESPAN_PACKET_H
#define WIRESPAN_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

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

/*
 * What the headers of a packet say. Offsets are from the start of the skb's data.
 *
 * To lie in a map: what is read from there after a barrier is, for the verifier, any number. So the
 * many ways in which headers can follow one another are one way behind the place where they meet.
 */
struct tcp_packet {
	__u32 network_offset;
	__u32 transport_offset;
	__u32 payload_offset;
	__u32 payload_length;
	__u32 ip_length;	/* from the IP header on, on the wire, without padding */
	__u32 sequence;
	__u32 acknowledgement;
	__u32 source[4];
	__u32 destination[4];
	__u16 source_port;
	__u16 destination_port;
	__u16 window;
	__u8 flags;
	__u8 next;		/* of an IPv6 packet, while its extension headers are read */
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

/* The verifier wants to know how far from the data a load may be; headers are nearer as a rule. */
#define MAX_DIRECT 255

/* Where these bytes of the packet are, or NULL if not all of them are in the skb's linear part. */
static __always_inline const void *linear(struct __sk_buff *skb, __u32 offset, __u32 size)
{
	const void *end = (const void *)(long)skb->data_end;
	const void *at = (const void *)(long)skb->data;

	if (offset > MAX_DIRECT)
		return NULL;
	at += offset;
	return at + size <= end ? at : NULL;
}

/* bpf_skb_load_bytes into a whole variable, without the call where headers are in the linear part. */
#define LOAD(skb, offset, to) ({ \
	const typeof(*(to)) *at = linear(skb, offset, sizeof(*(to))); \
	at ? (*(to) = *at, 0) : bpf_skb_load_bytes(skb, offset, to, sizeof(*(to))); \
})

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

	if (LOAD(skb, packet->network_offset, &ip))
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

/* Steps over one header; VERDICT_TCP if nothing is known yet. */
static __always_inline enum verdict read_extension(struct __sk_buff *skb,
						   struct tcp_packet *packet)
{
	struct {
		__u8 next;
		__u8 length;
		__u16 fragment;
	} extension;
	__u8 type = packet->next;
	__u32 length;

	if (LOAD(skb, packet->transport_offset, &extension))
		return VERDICT_MALFORMED;
	if (type == IPPROTO_FRAGMENT) {
		/* Of an atomic fragment (RFC 6946) both are 0, and it is whole. */
		if (extension.fragment & bpf_htons(IPV6_FRAGMENT_OFFSET | IPV6_MORE_FRAGMENTS))
			return extension.next == IPPROTO_TCP ? VERDICT_FRAGMENT : VERDICT_NOT_TCP;
		length = 8;
	} else if (type == IPPROTO_AH) {
		length = (extension.length + 2) * 4; /* RFC 4302, 2.2 */
	} else {
		length = (extension.length + 1) * 8;
	}
	packet->transport_offset += length;
	packet->next = extension.next;
	return VERDICT_TCP;
}

static __always_inline bool is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_FRAGMENT || next == IPPROTO_AH;
}

static __always_inline enum verdict read_ipv6(struct __sk_buff *skb, struct tcp_packet *packet)
{
	struct ipv6hdr ip;
	enum verdict verdict;
	int i;

	if (LOAD(skb, packet->network_offset, &ip))
		return VERDICT_MALFORMED;
	packet->ip_length = ip.payload_len ? bpf_ntohs(ip.payload_len) + sizeof(ip) : 0;
	packet->transport_offset = packet->network_offset + sizeof(ip);
	packet->next = ip.nexthdr;
	__builtin_memcpy(packet->source, &ip.saddr, sizeof(packet->source));
	__builtin_memcpy(packet->destination, &ip.daddr, sizeof(packet->destination));

	for (i = 0; i < MAX_IPV6_EXTENSIONS; i++) {
		barrier();
		if (!is_extension(packet->next))
			break;
		verdict = read_extension(skb, packet);
		if (verdict != VERDICT_TCP)
			return verdict;
	}
	barrier();
	return packet->next == IPPROTO_TCP ? VERDICT_TCP : VERDICT_NOT_TCP;
}

static __always_inline enum verdict read_tcp(struct __sk_buff *skb, struct tcp_packet *packet)
{
	struct tcp_header tcp;
	__u32 on_wire, headers;

	barrier();
	on_wire = skb->len - packet->network_offset;
	if (LOAD(skb, packet->transport_offset, &tcp))
		return VERDICT_MALFORMED;
	/*
	 * The length field is 0 in a super-packet beyond 64 KiB (BIG TCP); else what it leaves out
	 * is Ethernet padding.
	 */
	if (!packet->ip_length || packet->ip_length > on_wire)
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

/* link_header: bytes before the network header, VLAN tags apart; 0 without Ethernet. */
static __always_inline enum verdict read_headers(struct __sk_buff *skb, __u32 link_header,
						  struct tcp_packet *packet)
{
	enum verdict verdict;
	__u16 type = 0;
	int i;

	packet->network_offset = link_header;
	if (link_header) {
		/* An accelerated VLAN tag is not in the data; these are the ones that are. */
		if (LOAD(skb, link_header - sizeof(type), &type))
			return VERDICT_MALFORMED;
		for (i = 0; i < MAX_VLAN_TAGS; i++) {
			barrier();
			if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
				break;
			if (LOAD(skb, packet->network_offset + 2, &type))
				return VERDICT_MALFORMED;
			packet->network_offset += 4;
		}
	} else {
		type = skb->protocol;
	}

	barrier();
	if (type == bpf_htons(ETH_P_IP))
		verdict = read_ipv4(skb, packet);
	else if (type == bpf_htons(ETH_P_IPV6))
		verdict = read_ipv6(skb, packet);
	else
		verdict = VERDICT_NOT_IP;
	return verdict == VERDICT_TCP ? read_tcp(skb, packet) : verdict;
}

#endif
