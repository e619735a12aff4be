// SPDX-License-Identifier: Apache-2.0
/*
 * What the BPF program takes for a packet, without a network or an agent: the kernel runs it on
 * packets that are made here (BPF_PROG_TEST_RUN) and tells how long each run took.
 *
 *   make -C bpf && cc -O2 -o target/bpf-bench bench/bpf.c -lbpf
 *   target/bpf-bench OBJECT...      for instance target/bpf/session_tracking.bpf.o
 *
 * Of several objects each has its turn in every round, and the first is what all are compared with.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/session_tracking.h"

#define RING_BYTES (8 << 20)
#define MAX_OBJECTS 8
#define ROUNDS 128
#define PACKETS 1024 /* of a case in a round: less than the ring holds */

/* Connections of each kind. The first FEW of the traced ones are those of all cases but one. */
#define FEW 64
#define TRACED 16256
#define OTHER TRACED
#define SKIPPED (OTHER + FEW)
#define CONNECTIONS (SKIPPED + FEW)

#define SERVER_PORT 80
#define FIRST_CLIENT_PORT 32768
#define NO_PROGRAM 2

#define TCP_SYN 0x02
#define TCP_PSH 0x08
#define TCP_ACK 0x10

static const char request[] = "GET /index.html HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n"
			      "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
			     "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
			     "Content-Type: text/plain\r\nContent-Length: 12\r\n"
			     "Connection: keep-alive\r\n\r\nHello world\n";
static const char body[1448];

struct packet {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct {
		__u16 source, destination;
		__u32 sequence, acknowledgement;
		__u8 offset, flags;
		__u16 window;
		__u32 checksum_and_urgent;
		__u8 options[12]; /* time stamps, which nearly all have */
	} tcp;
	char payload[sizeof(body)];
} __attribute__((packed));

#define HEADERS (sizeof(struct packet) - sizeof(body))

/* An object, loaded, and the connections that it has seen. */
struct subject {
	struct bpf_object *object;
	struct perf_buffer *ring;
	int program[3];		    /* in, out, and one that does nothing */
	__u32 next[2][CONNECTIONS]; /* sequence numbers of clients and of servers */
	__u32 last_skip;
	__u64 stream; /* of the newest record */
	unsigned long long records, lost;
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "bpf-bench: cannot %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

/* Runs a program on what is in packet; in ns. */
static __u32 run(struct subject *subject, int program, const struct packet *packet)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet,
		    .data_size_in = sizeof(packet->ethernet) + ntohs(packet->ip.tot_len),
		    .repeat = 1);

	if (bpf_prog_test_run_opts(subject->program[program], &options))
		fail("run", "the program");
	return options.duration;
}

static struct packet *make(__u8 protocol, bool to_server, int connection, int length)
{
	static struct packet packet;
	__u32 client = htonl(0x0a010000 + connection / FEW), server = htonl(0x0a000002);
	__u16 port = htons(FIRST_CLIENT_PORT + connection % FEW);

	packet.ethernet.h_proto = htons(ETH_P_IP);
	packet.ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(packet.ip) / 4,
		.ttl = 64,
		.protocol = protocol,
		.tot_len = htons(HEADERS - sizeof(packet.ethernet) + length),
		.saddr = to_server ? client : server,
		.daddr = to_server ? server : client,
	};
	packet.tcp.source = to_server ? port : htons(SERVER_PORT);
	packet.tcp.destination = to_server ? htons(SERVER_PORT) : port;
	packet.tcp.offset = sizeof(packet.tcp) / 4 << 4;
	packet.tcp.window = htons(512);
	return &packet;
}

static __u32 segment(struct subject *subject, bool to_server, int connection, __u8 flags,
		     const char *payload, int length)
{
	struct packet *packet = make(IPPROTO_TCP, to_server, connection, length);
	__u32 *next = &subject->next[!to_server][connection];

	packet->tcp.sequence = htonl(*next);
	packet->tcp.acknowledgement = htonl(subject->next[to_server][connection]);
	packet->tcp.flags = flags;
	memcpy(packet->payload, payload, length);
	*next += length + (flags & TCP_SYN ? 1 : 0);
	return run(subject, !to_server, packet);
}

static void connect_to_server(struct subject *subject, int connection)
{
	segment(subject, true, connection, TCP_SYN, "", 0);
	segment(subject, false, connection, TCP_SYN | TCP_ACK, "", 0);
	segment(subject, true, connection, TCP_ACK, "", 0);
}

static __u64 exchange(struct subject *subject, int connection)
{
	return (__u64)segment(subject, true, connection, TCP_PSH | TCP_ACK, request,
			      sizeof(request) - 1) +
	       segment(subject, false, connection, TCP_PSH | TCP_ACK, answer,
		       sizeof(answer) - 1);
}

static __u64 few(struct subject *subject)
{
	__u64 ns = 0;

	for (int i = 0; i < PACKETS / 2; i++)
		ns += exchange(subject, i % FEW);
	return ns;
}

/* So many that what the program knows of them is in no cache that is near. */
static __u64 many(struct subject *subject)
{
	static int next;
	__u64 ns = 0;

	for (int i = 0; i < PACKETS / 2; i++) {
		next = (next + 1) % TRACED;
		ns += exchange(subject, next);
	}
	return ns;
}

static __u64 bodies(struct subject *subject, int first)
{
	__u64 ns = 0;

	for (int i = 0; i < PACKETS; i++)
		ns += segment(subject, false, first + i % FEW, TCP_ACK, body, sizeof(body));
	return ns;
}

static __u64 forwarded(struct subject *subject)
{
	return bodies(subject, 0);
}

static __u64 skipped(struct subject *subject)
{
	return bodies(subject, SKIPPED);
}

static __u64 other(struct subject *subject)
{
	return bodies(subject, OTHER);
}

static __u64 ack(struct subject *subject)
{
	__u64 ns = 0;

	for (int i = 0; i < PACKETS; i++)
		ns += segment(subject, true, i % FEW, TCP_ACK, "", 0);
	return ns;
}

static __u64 udp(struct subject *subject)
{
	__u64 ns = 0;

	for (int i = 0; i < PACKETS; i++)
		ns += run(subject, 0, make(IPPROTO_UDP, true, i % FEW, 0));
	return ns;
}

static __u64 nothing(struct subject *subject)
{
	__u64 ns = 0;

	for (int i = 0; i < PACKETS; i++)
		ns += run(subject, NO_PROGRAM, make(IPPROTO_UDP, true, i % FEW, 0));
	return ns;
}

static const struct {
	const char *name;
	__u64 (*run)(struct subject *subject);
} cases[] = {
	{ "request, answer", few },
	{ "of 16k connections", many },
	{ "1448 bytes", forwarded },
	{ "1448 bytes, skipped", skipped },
	{ "pure ACK", ack },
	{ "TCP, not traced", other },
	{ "UDP", udp },
	{ "no program", nothing }, /* in every other figure as well */
};

#define CASES ((int)(sizeof(cases) / sizeof(*cases)))

static enum bpf_perf_event_ret count(void *context, int cpu, struct perf_event_header *event)
{
	/* Behind the size of what follows, which has four bytes. */
	const struct packet_event *record = (void *)((char *)(event + 1) + sizeof(__u32));
	struct subject *subject = context;

	(void)cpu;
	if (event->type == PERF_RECORD_SAMPLE) {
		subject->stream = record->stream_id;
		subject->records++;
	} else if (event->type == PERF_RECORD_LOST) {
		subject->lost += ((const unsigned long long *)(event + 1))[1];
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static int map(const struct subject *subject, const char *name)
{
	return bpf_object__find_map_fd_by_name(subject->object, name);
}

/* As the agent does: asks to be spared what else the sender of the newest record says. */
static void skip_rest(struct subject *subject)
{
	struct skip skip = { .serial = ++subject->last_skip, .kind = SKIP_STREAM };
	__u32 zero = 0;

	perf_buffer__consume(subject->ring);
	if (bpf_map_update_elem(map(subject, "skips"), &subject->stream, &skip, BPF_ANY) ||
	    bpf_map_update_elem(map(subject, "last_skip"), &zero, &skip.serial, BPF_ANY))
		fail("set", "a skip");
}

static void load(struct subject *subject, const char *path)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct link_settings settings = {
		.link_header = ETH_HLEN,
		.vantage = VANTAGE_INSIDE,
		.by_content = 1,
		.leave_out = 1,
	};
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
		.wakeup_watermark = RING_BYTES / 8,
	};
	static const char *programs[] = { "wirespan_in", "wirespan_out" };
	struct bpf_map *data;

	subject->object = bpf_object__open(path);
	data = subject->object ? bpf_object__find_map_by_name(subject->object, ".rodata") : NULL;
	if (!data || bpf_map__set_initial_value(data, &settings, sizeof(settings)) ||
	    bpf_object__load(subject->object))
		fail("load", path);
	for (int i = 0; i < 2; i++)
		subject->program[i] = bpf_program__fd(
			bpf_object__find_program_by_name(subject->object, programs[i]));
	subject->program[NO_PROGRAM] =
		bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "pass", "GPL", pass, 2, NULL);
	subject->ring = perf_buffer__new_raw(map(subject, "skb_events"),
					     RING_BYTES / getpagesize(), &attributes, count,
					     subject, NULL);
	if (!subject->ring)
		fail("make", "a ring");

	for (int i = 0; i < CONNECTIONS; i++) {
		connect_to_server(subject, i);
		if (i < TRACED || i >= SKIPPED)
			exchange(subject, i);
		if (i >= SKIPPED)
			skip_rest(subject);
		if (i % FEW == 0)
			perf_buffer__consume(subject->ring);
	}
	perf_buffer__consume(subject->ring);
}

static int compare(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return difference < 0 ? -1 : difference > 0;
}

static void report(const char *name, double ns[][ROUNDS], int objects)
{
	double ratio[ROUNDS], first[ROUNDS];

	printf("%-20s", name);
	memcpy(first, ns[0], sizeof(first));
	for (int i = 0; i < objects; i++) {
		for (int round = 0; round < ROUNDS; round++)
			ratio[round] = ns[i][round] / first[round];
		qsort(ns[i], ROUNDS, sizeof(double), compare);
		qsort(ratio, ROUNDS, sizeof(double), compare);
		printf(" %7.0f %6.0f %6.2f", ns[i][ROUNDS / 2], ns[i][0], ratio[ROUNDS / 2]);
	}
	printf("\n");
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
	static double ns[CASES][MAX_OBJECTS][ROUNDS];
	static struct subject subjects[MAX_OBJECTS];
	int objects = argc - 1;
	cpu_set_t cpus;

	if (objects < 1 || objects > MAX_OBJECTS) {
		fprintf(stderr, "bpf-bench: usage: bpf-bench OBJECT...   (1 to %d)\n", MAX_OBJECTS);
		return 2;
	}
	libbpf_set_print(quiet);
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (int i = 0; i < objects; i++)
		load(&subjects[i], argv[i + 1]);

	for (int round = 0; round < ROUNDS; round++) {
		for (int c = 0; c < CASES; c++) {
			for (int i = 0; i < objects; i++) {
				int o = round % 2 ? objects - 1 - i : i;

				ns[c][o][round] = (double)cases[c].run(&subjects[o]) / PACKETS;
				perf_buffer__consume(subjects[o].ring);
			}
		}
	}

	printf("%-20s", "ns a packet");
	for (int i = 0; i < objects; i++)
		printf("  median  least  ratio");
	printf("\n");
	for (int c = 0; c < CASES; c++)
		report(cases[c].name, ns[c], objects);
	for (int i = 0; i < objects; i++)
		fprintf(stderr, "%s: %llu records, %llu lost\n", argv[i + 1], subjects[i].records,
			subjects[i].lost);
	return 0;
}
