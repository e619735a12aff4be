/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The key of a packet's session, the same for both directions. */
#ifndef WIRESPAN_SESSION_KEY_H
#define WIRESPAN_SESSION_KEY_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "packet.h"
#include "session_tracking.h"

/* The index in session.side of the packet's sender; fills in the key. */
static __always_inline __u32 make_key(const struct tcp_packet *packet, __u32 link_id,
				      struct session_key *key)
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
	key->link_id = link_id;
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

#endif
