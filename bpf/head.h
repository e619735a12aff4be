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

/* "Content-Length:" in any case of its letters; '-' and ':' have the bit that lower case has. */
static __always_inline bool is_content_length(const volatile char *line)
{
	const __u64 first = CHARACTERS('c', 'o', 'n', 't', 'e', 'n', 't', '-');
	const __u64 last = CHARACTERS('-', 'l', 'e', 'n', 'g', 't', 'h', ':');

	return (eight_bytes(line) | LOWER_CASE) == first &&
	       (eight_bytes(line + 7) | LOWER_CASE) == last;
}

/* Looks at the line that begins at a place. */
static __always_inline void scan_line(volatile struct head_scan *head, __u32 at)
{
	if (head->bytes[at] == '\r' && head->bytes[at + 1] == '\n') {
		head->length = at + 2;
		head->left = 0;
	} else if (is_content_length(head->bytes + at)) {
		head->value_at = at + 15;
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

/*
 * Sets head of this CPU's scratch if the payload begins with a whole head that has a Content-Length. What the
 * loops know they keep in memory (volatile), whose contents the verifier does not follow: each step is for it
 * one more step, and not one more path. Not static, as looks_like_http.
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

	head->length = 0;
	head->value_at = 0;
	head->content_length = 0;
	head->found = 0;
	head->lines = 0;
	/* First where lines end, without a branch that would be two paths at each byte. */
	for (i = 0; i < MAX_HEAD; i++) {
		__u32 line = head->lines & (MAX_HEAD_LINES - 1);
		__u32 other = (__u8)head->bytes[i] ^ '\n';

		if (i >= length)
			break;
		head->line_ends[line] = i;
		head->lines += (other - 1) >> 31;
	}
	if (head->lines > MAX_HEAD_LINES)
		return -1;
	head->left = head->lines;
	for (i = 0; i < MAX_HEAD_LINES; i++) {
		at = head->line_ends[i] + 1;
		if (i >= head->left || at > MAX_HEAD)
			break;
		scan_line(head, at);
	}
	if (!head->value_at || head->length > length)
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
	return head->found && head->length ? 0 : -1;
}

#endif
