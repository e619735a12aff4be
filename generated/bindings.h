/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that the bindings are extracted from; includes.txt names what is taken of them. */
#define _GNU_SOURCE /* setns */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
