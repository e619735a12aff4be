/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Whether a payload looks like HTTP by its first bytes. */
#ifndef WIRESPAN_CONTENT_H
#define WIRESPAN_CONTENT_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "forward.h"

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
 *
 * A global function: the verifier looks at it once, and not for every way that leads here, which
 * halves the time that loading takes.
 */
__noinline int looks_like_http(struct __sk_buff *skb, __u32 payload_offset, __u32 payload_length)
{
	__u32 zero = 0;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);
	volatile struct content *content;
	__u32 length = payload_length;
	char *head;
	int i;

	if (!scratch)
		return false;
	head = scratch->content.bytes;
	if (length > CONTENT_BYTES)
		length = CONTENT_BYTES;
	/* Without this clang compares copies of it, and the verifier sees no bounds. */
	barrier_var(length);
	if (length == CONTENT_BYTES) {
		if (LOAD(skb, payload_offset, &scratch->content.whole))
			return false;
	} else if (length == 0 || length > CONTENT_BYTES ||
		   bpf_skb_load_bytes(skb, payload_offset, head, length)) {
		return false;
	}

	if (length >= 6 && head[0] == 'H' && head[1] == 'T' && head[2] == 'T' && head[3] == 'P' &&
	    head[4] == '/' && head[5] == '1')
		return true;
	if (looks_like_http2(head, length))
		return true;
	if (length >= 8 && head[0] == 'C' && head[1] == 'O' && head[2] == 'N' && head[3] == 'N' &&
	    head[4] == 'E' && head[5] == 'C' && head[6] == 'T' && head[7] == ' ')
		return true;

	/* In memory that is volatile, as in find_body. */
	content = &scratch->content;
	content->length = length;
	content->after_space = 0;
	for (i = 0; i < CONTENT_BYTES; i++) {
		char c = content->bytes[i];

		if (i >= content->length)
			return true;
		if (content->after_space)
			return c == '/' || c == '*' || c == 'h' || c == 'H';
		if (c == ' ' && i > 0)
			content->after_space = 1;
		else if (!is_method_character(c) &&
			 !(c == '/' && i == 4 && content->bytes[0] == 'H'))
			return false;
	}
	return false;
}

#endif
