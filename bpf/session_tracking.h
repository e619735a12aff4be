/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the kernel side and the agent agree on. The agent's copy of these layouts is
 * io.wirespan.bpf.EventLayout and .Settings; a test compares them with this object's BTF.
 */
#ifndef WIRESPAN_SESSION_TRACKING_H
#define WIRESPAN_SESSION_TRACKING_H

#include <linux/types.h>

/* Values of dports2proto and egress_lookup_table, and of session.protocol. */
enum session_protocol {
	PROTOCOL_NONE = 0,	/* not traced, or not known yet */
	PROTOCOL_HTTP = 1,
	PROTOCOL_HTTP2 = 2,
	PROTOCOL_TCP = 3,
	PROTOCOL_BY_CONTENT = 4,/* marked because its bytes look like HTTP */
};

/* From where the hook sees the workload; decides what ingress means for it. */
enum vantage {
	VANTAGE_ANY = 0,	/* loopback: each packet may be of either kind */
	VANTAGE_INSIDE = 1,	/* the workload's own interface: ingress goes to it */
	VANTAGE_OUTSIDE = 2,	/* the host's end of its link: egress goes to it */
};

/* One attached interface; written into .rodata before the object is loaded. */
struct link_settings {
	__u32 link_id;		/* position of the interface in the agent's list */
	__u32 link_header;	/* bytes before the network header: 14, or 0 without Ethernet */
	__u32 vantage;		/* enum vantage */
	__u32 by_content;	/* 1: no port is declared, HTTP marks its flows */
	__u32 leave_out;	/* 0: everything that may matter to anyone is forwarded */
};

/*
 * A record of skb_events: this, then captured_length bytes of the packet from its link header on.
 * "Sent" is the direction of this packet. Counters are cumulative for the flow, at IP level, this
 * packet and pure acknowledgements included.
 */
struct packet_event {
	__u64 timestamp_ns;	/* CLOCK_MONOTONIC, as are all times here */
	__u64 sent_packets;
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
	__u64 syn_ns;		/* 0: not seen */
	__u64 syn_ack_ns;
	__u64 handshake_ack_ns;
	__u64 sent_zero_window;	/* see struct session_side; of the sender */
	__u64 received_zero_window;
	__u64 stream_id;	/* key of skips; 0 where nothing can be skipped */
	__u32 flow_hash;	/* the same for both directions */
	__u32 link_id;
	__u32 original_length;	/* of the packet, link header included */
	__u32 captured_length;	/* at most MAX_CAPTURE */
	__u32 wire_packets;	/* packets on the wire that this one stands for (GSO, GRO) */
	__u32 ip_length;	/* of the packet, from its IP header on, without padding */
	__u16 network_offset;	/* of the IP header in the packet */
	__u16 transport_offset;	/* of the TCP header; 0 if the headers were not read so far */
	__u8 egress;		/* 1: seen at the egress hook */
	__u8 part;		/* enum event_part */
	__u8 has_skipped;	/* 1: two struct skipped come before the packet, the sender's first */
	__u8 payload_skipped;	/* 1: the agent has asked not to see the payload, which is left out */
};

/*
 * A run of bytes of one side that were seen, in order and without a hole, and left out, as the
 * agent has asked for. Everything else of the stream was forwarded, or was not seen.
 */
struct skipped {
	__u64 last_ns;		/* the packet that brought the run's last byte */
	__u64 sent_packets;	/* counters as of that packet */
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
	__u64 sent_zero_window;	/* in ns: how long its sender had announced a window of 0 by then */
	__u64 received_zero_window;
	__u32 from;		/* sequence numbers; the run is empty if they are the same */
	__u32 until;
	__u32 retransmitted;	/* segments left out that repeated bytes of such runs; cumulative */
	__u32 reserved;
};

/* What of a packet a record holds. */
enum event_part {
	EVENT_WHOLE = 0,	/* all of it, or all that will come */
	EVENT_HEAD = 1,		/* the ring's next record has the rest */
	EVENT_TAIL = 2,		/* the rest of the packet of the record before */
};

/*
 * perf_event_header.size has 16 bits and covers its own 8 bytes, the 4-byte size of the raw data,
 * struct packet_event, what was skipped, the packet and the padding to 8 bytes.
 */
#define MAX_CAPTURE \
	(65528 - 8 - 4 - (int)sizeof(struct packet_event) - 2 * (int)sizeof(struct skipped))

/*
 * What the largest IP packet has beyond that, behind an Ethernet header with two tags. Loopback,
 * whose MTU is 65536, is full of such packets.
 */
#define MAX_TAIL 312

/* An EVENT_TAIL record. */
struct tail_event {
	struct packet_event event;
	__u8 bytes[MAX_TAIL];
};

/* Key of sessions: one TCP connection on one interface. The lower endpoint stands first. */
struct session_key {
	__u32 address[2][4];	/* network byte order; IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) */
	__u16 port[2];		/* network byte order */
	__u32 link_id;
};

/* What one endpoint of a session has sent. */
struct session_side {
	__u64 packets;
	__u64 bytes;
	/*
	 * How long it has announced a window of 0, in ns, doubled. While it does: the time from which
	 * that would be counted if it had done so ever since, doubled, and 1.
	 */
	__u64 zero_window;
	__u32 next_sequence;	/* behind the highest byte sent so far, host byte order */
	__u32 retransmitted_segments;
	__u8 has_sequence;
	__u8 reserved[7];
};

/* What the agent does not need to see of a stream. */
enum skip_kind {
	SKIP_NOTHING = 0,
	SKIP_TO_END = 1,	/* payload up to a sequence number */
	SKIP_STREAM = 2,	/* all payload, but for a packet now and then with the counts */
	SKIP_CONNECTION = 3,	/* everything but SYN, FIN and RST, and no counts */
};

/* Value of skips. The key is the stream's id: no other connection ever has the same. */
struct skip {
	__u32 serial;		/* never that of an earlier one, and not 0 */
	__u32 end;		/* of SKIP_TO_END: sequence number behind the last byte */
	__u8 kind;		/* enum skip_kind */
	__u8 follow;		/* 1: bodies of later messages may be left out by their length */
	__u8 reserved[6];
};

/* What is being left out of one side's stream. */
struct skip_state {
	struct skipped skipped;
	__u32 serial;		/* of the skip that is being followed, or was last */
	__u32 looked_up;	/* value of last_skip when skips was looked at last */
	__u32 end;		/* see struct skip */
	__u32 body_start;	/* of a body whose length was found here: sequence number */
	__u8 kind;
	__u8 follow;		/* see struct skip; at first that of a connection seen from its start on */
	__u8 found;		/* 1: body_start is that of the body being left out */
	__u8 reserved[5];
};

/* Value of sessions; side[0] is what the lower endpoint of the key has sent. */
struct session {
	__u64 first_ns;
	__u64 last_ns;
	struct session_side side[2];
	__u64 syn_ns;
	__u64 syn_ack_ns;
	__u64 handshake_ack_ns;
	__u64 id;		/* never 0, and never that of another session */
	__u64 forwarded_ns;	/* the last packet that was forwarded */
	__u32 syn_sequence;
	__u8 protocol;		/* enum session_protocol */
	__u8 last_sender;	/* whose payload came last: index in side, and 1; or 0 */
	__u8 head_asked;	/* 1: the last request was one for the head alone */
	__u8 reserved[1];
	struct skip_state skip[2]; /* of side[0] and side[1] */
};

/* Key of egress_lookup_table (an LPM trie): exact port, then the longest address prefix. */
struct egress_key {
	__u32 prefix_length;	/* bits that count behind this field: 16 of port and of address */
	__u16 port;		/* network byte order */
	__u8 address[16];	/* IPv4 as in struct session_key */
	__u8 reserved[2];
};

#define MAX_DECLARED_PORTS 4096

/* The single value of stats, per CPU. All in packets as the hook sees them. */
struct capture_stats {
	__u64 seen;
	__u64 forwarded;
	__u64 ring_full;	/* not forwarded; PERF_RECORD_LOST reports the same, later */
	__u64 output_failed;	/* not forwarded for any other reason */
	__u64 truncated;	/* forwarded with MAX_CAPTURE bytes */
	__u64 pure_ack;		/* of a traced flow: counted in its session, not forwarded */
	__u64 not_ip;
	__u64 not_tcp;
	__u64 malformed;
	__u64 not_traced;
	__u64 skipped_body;	/* left out as the agent has asked for, counted in its session */
	__u64 skipped_connection; /* of a connection that the agent wants nothing of */
	__u64 sessions;		/* begun; not packets */
};

#endif
