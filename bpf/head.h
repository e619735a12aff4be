/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Where the head of an HTTP/1 message ends, and how long the body behind it is. */
#ifndef WIRESPAN_HEAD_H
#define WIRESPAN_HEAD_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "content.h"
#include "forward.h"

/* Of a length and the space before it; a longer one is left to the agent. */
#define MAX_LENGTH_DIGITS 12
#define LOWER_CASE 0x2020202020202020ULL

/* Eight characters as memory holds them. */
#define CHARACTERS(a, b, c, d, e, f, g, h) \
	bpf_cpu_to_be64((__u64)(a) << 56 | (__u64)(b) << 48 | (__u64)(c) << 40 | \
			(__u64)(d) << 32 | (__u64)(e) << 24 | (__u64)(f) << 16 | \
			(__u64)(g) << 8 | (__u64)(h))

/* One load: of memory that may not be aligned, clang would make eight. */
static __always_inline __u64 eight_bytes(const volatile char *at)
{
	return *(const volatile __u64 *)at;
}

/*
 * 0 if these are "Content-Length:" in any case of its letters; '-' and ':' have the bit that lower
 * case has. One comparison and not two: each is another path for the verifier.
 */
static __always_inline __u64 differs_from_length(__u64 first, __u64 last)
{
	return ((first | LOWER_CASE) ^ CHARACTERS('c', 'o', 'n', 't', 'e', 'n', 't', '-')) |
	       ((last | LOWER_CASE) ^ CHARACTERS('-', 'l', 'e', 'n', 'g', 't', 'h', ':'));
}

/* The same for "Transfer-Encoding", but for its last letter. */
static __always_inline __u64 differs_from_coding(__u64 first, __u64 last)
{
	return ((first | LOWER_CASE) ^ CHARACTERS('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')) |
	       ((last | LOWER_CASE) ^ CHARACTERS('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n'));
}

/* Which bytes of a word are line feeds: their highest bits, the first byte's lowest. */
static __always_inline __u64 line_feeds(__u64 word)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7fULL;
	__u64 other = word ^ 0x0a0a0a0a0a0a0a0aULL;

	other = ~((((other & low) + low) | other) | low);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	other = __builtin_bswap64(other);
#endif
	return other;
}

/* Behind the first of the line feeds in a word. */
static __always_inline __u32 behind_first(__u64 line_feeds)
{
	__u64 first = (line_feeds & -line_feeds) >> 7;

	return (first * 0x0102030405060708ULL) >> 56;
}

/*
 * Looks at the line that begins at a place. Two lengths, or one and Transfer-Encoding, are for the
 * agent to judge (RFC 9112, 6.3), as are lines that end otherwise than they should.
 */
static __always_inline void scan_line(volatile struct head_scan *head, __u32 at)
{
	const volatile char *line = head->bytes + at;
	__u64 word = eight_bytes(line);

	if (!((word ^ CHARACTERS('\r', '\n', 0, 0, 0, 0, 0, 0)) & CHARACTERS(255, 255, 0, 0, 0, 0, 0, 0))) {
		head->length = at + 2;
		head->left = 0;
	} else if (!differs_from_length(word, eight_bytes(line + 7))) {
		head->value_at = at + 15;
		head->lengths++;
	} else if (line[0] == '\n' || !differs_from_coding(word, eight_bytes(line + 8))) {
		head->left = 0;
	}
}

static __always_inline void scan_digit(volatile struct head_scan *head, __u32 at)
{
	char c = head->bytes[at];

	if (c >= '0' && c <= '9') {
		head->content_length = head->content_length * 10 + (c - '0');
	} else if (c == '\r') {
		head->found = 1;
		head->left = 0;
	} else if (c != ' ') {
		head->left = 0;
	}
}

/* Of what find_body does; so many make a call of scan_lines. */
#define SCAN_STEPS 16
#define SCANS ((MAX_HEAD / 8 + MAX_HEAD_LINES) / SCAN_STEPS)

/*
 * Goes on to the next word, or to the next line. What it knows it keeps in memory (volatile), whose
 * contents the verifier does not follow: each step is for it one more step, and not one more path.
 *
 * Returns false at the end.
 */
static __always_inline bool scan_step(volatile struct head_scan *head)
{
	__u64 ends = head->line_feeds;
	__u32 at = head->at & (MAX_HEAD - 1);

	if (!ends) {
		at += 8;
		if (at >= head->end)
			return false;
		head->at = at;
		head->line_feeds = line_feeds(eight_bytes(head->bytes + at));
		return true;
	}
	head->line_feeds = ends & (ends - 1);
	at += behind_first(ends);
	if (at >= head->end || at >= MAX_HEAD)
		return false;
	scan_line(head, at);
	return head->left;
}

/*
 * Not static, as looks_like_http: the verifier looks at it once, however often it is called.
 *
 * Returns 0 at the end.
 */
__noinline int scan_lines(void)
{
	__u32 zero = 0;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);
	int i;

	if (!scratch)
		return 0;
	for (i = 0; i < SCAN_STEPS; i++) {
		if (!scan_step(&scratch->head))
			return 0;
	}
	return 1;
}

/*
 * Sets head of this CPU's scratch if the payload begins with a whole head that has one Content-Length.
 *
 * Returns 0 if so.
 */
__noinline int find_body(struct __sk_buff *skb, __u32 offset, __u32 length)
{
	__u32 zero = 0;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);
	volatile struct head_scan *head;
	__u32 i, at;

	if (!scratch)
		return -1;
	head = &scratch->head;
	if (length > MAX_HEAD)
		length = MAX_HEAD;
	barrier_var(length);
	if (length == 0 || length > MAX_HEAD ||
	    bpf_skb_load_bytes(skb, offset, scratch->head.bytes, length))
		return -1;

	head->end = length;
	head->length = 0;
	head->lengths = 0;
	head->content_length = 0;
	head->found = 0;
	head->at = 0;
	head->line_feeds = line_feeds(eight_bytes(head->bytes));
	head->left = 1;
	for (i = 0; i < SCANS; i++) {
		if (!scan_lines())
			break;
	}
	if (head->lengths != 1 || !head->length || head->length > head->end)
		return -1;
	head->left = MAX_LENGTH_DIGITS;
	for (i = 0; i < MAX_LENGTH_DIGITS; i++) {
		at = head->value_at + i;
		/* Else clang adds i to a pointer whose bounds the verifier has not seen. */
		barrier_var(at);
		if (i >= head->left || at >= MAX_HEAD)
			break;
		scan_digit(head, at);
	}
	return head->found ? 0 : -1;
}

#endif
