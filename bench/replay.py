#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What replaying a large capture costs, beside tshark on the same file in the same run.

Makes a capture of HTTP/1.1 by itself, always the same for the same size: keep-alive connections
side by side, small calls, pages, uploads, downloads, acknowledgements for every other segment, a
few segments late, twice, or in other order. Then each reader reads it in turn, rounds interleaved,
from the page cache; medians are reported. tshark is left out if it is not installed. What the agent
allocates is of two more runs, not timed, on captures of which one is half as large: with a collector
of garbage that collects nothing, the difference in heap is what the further packets cost.

    bench/replay.py [--megabytes 256] [--rounds 3] [--readers none,json,tshark] [--keep FILE]
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from harness import agent

MAX_SEGMENT = 1448
FIN, SYN, PSH, ACK = 1, 2, 8, 16

# share of the exchanges, request body, response body
MIX = [(0.62, 0, 600), (0.20, 0, 12_000), (0.10, 3_000, 200), (0.05, 0, 90_000), (0.02, 0, 0),
       (0.008, 400_000, 100), (0.002, 0, 2_000_000)]


class Capture:
    """A pcap file with nanoseconds, Ethernet."""

    def __init__(self, path):
        self.out = open(path, 'wb', buffering=1 << 20)
        self.out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262_144, 1))
        self.packets, self.bytes = 0, 24

    def write(self, nanos, frame):
        self.out.write(struct.pack('<IIII', nanos // 10**9, nanos % 10**9, len(frame), len(frame)))
        self.out.write(frame)
        self.packets += 1
        self.bytes += 16 + len(frame)


class Connection:
    """A connection whose packets are made one exchange at a time, each with its time."""

    def __init__(self, rng, number, nanos):
        self.rng, self.number, self.nanos = rng, number, nanos
        self.addresses = (bytes((10, 1 + (number >> 16 & 63), number >> 8 & 255, number & 255)),
                          bytes((10, 0, 0, 1 + number % 8)))
        self.ports = (20_000 + number % 40_000, 8080)
        self.sequence = [rng.getrandbits(32), rng.getrandbits(32)]
        self.exchanges = rng.choice((1, 5, 20, 100))
        self.done = 0

    def packet(self, side, flags, payload=b'', back=0):
        tcp = struct.pack('>HHIIBBHHH', self.ports[side], self.ports[1 - side],
                          self.sequence[side] - back & 0xffffffff, self.sequence[1 - side], 0x50,
                          flags, 0xffff, 0, 0)
        ip = struct.pack('>BBHHHBBH', 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0)
        return b''.join((b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0', ip, self.addresses[side],
                         self.addresses[1 - side], tcp, payload))

    def wait(self, low, high):
        self.nanos += self.rng.randint(low, high)

    def handshake(self):
        yield self.nanos, self.packet(0, SYN)
        self.sequence[0] = self.sequence[0] + 1 & 0xffffffff
        self.wait(100_000, 400_000)
        yield self.nanos, self.packet(1, SYN | ACK)
        self.sequence[1] = self.sequence[1] + 1 & 0xffffffff
        self.wait(100_000, 400_000)
        yield self.nanos, self.packet(0, ACK)

    def send(self, side, data):
        held = None
        for count, at in enumerate(range(0, len(data), MAX_SEGMENT)):
            part = data[at:at + MAX_SEGMENT]
            self.wait(2_000, 12_000)
            segment = self.nanos, self.packet(side, ACK | PSH, part)
            self.sequence[side] = self.sequence[side] + len(part) & 0xffffffff
            luck = self.rng.random()
            if held:
                yield segment
                yield self.nanos, held
                held = None
            elif luck < 0.003 and at + MAX_SEGMENT < len(data):
                held = segment[1]
            else:
                yield segment
                if luck > 0.997:
                    yield self.nanos + 1_000, self.packet(side, ACK | PSH, part, len(part))
            if count % 2:
                yield self.nanos + 1_500, self.packet(1 - side, ACK)
        if held:
            yield self.nanos, held

    def exchange(self):
        draw, request_body, response_body = self.rng.random(), 0, 600
        for share, up, down in MIX:
            if draw < share:
                request_body, response_body = up, down
                break
            draw -= share
        number = f'{self.number}-{self.done}'
        method = 'POST' if request_body else 'GET'
        request = (f'{method} /api/v1/items/{number}?page=2 HTTP/1.1\r\nHost: shop.example.com\r\n'
                   'User-Agent: bench/1.0 (replay)\r\nAccept: application/json\r\n'
                   'Accept-Encoding: gzip, deflate\r\nCookie: session=' + 'c' * 180 + '\r\n'
                   'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n'
                   + (f'Content-Length: {request_body}\r\n' if request_body else '') + '\r\n')
        status = self.rng.choice(('200 OK',) * 18 + ('404 Not Found', '500 Oops'))
        response = (f'HTTP/1.1 {status}\r\nServer: bench\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\n'
                    'Content-Type: application/json\r\nCache-Control: no-store\r\n')
        if response_body == 12_000:
            chunk = b'1770\r\n' + b'x' * 6_000 + b'\r\n'
            answer = (response + 'Transfer-Encoding: chunked\r\n\r\n').encode()
            answer += chunk * 2 + b'0\r\n\r\n'
        else:
            answer = (response + f'Content-Length: {response_body}\r\n\r\n').encode()
            answer += b'x' * response_body
        yield from self.send(0, request.encode() + b'u' * request_body)
        self.wait(200_000, 5_000_000)
        yield from self.send(1, answer)
        self.wait(50_000, 300_000)
        yield self.nanos, self.packet(0, ACK)
        self.wait(500_000, 20_000_000)
        self.done += 1

    def end(self):
        for side in (0, 1):
            yield self.nanos, self.packet(side, FIN | ACK)
            self.sequence[side] = self.sequence[side] + 1 & 0xffffffff
            self.wait(50_000, 200_000)
        yield self.nanos, self.packet(0, ACK)

    def packets(self):
        yield from self.handshake()
        while self.done < self.exchanges:
            yield from self.exchange()
        yield from self.end()


def make(path, megabytes):
    """Sixty-four connections at a time, of which the one that is furthest behind goes on."""
    rng, capture, exchanges = random.Random(1), Capture(path), 0
    active, number, nanos = [], 0, 1_700_000_000 * 10**9
    while capture.bytes < megabytes << 20 or active:
        while len(active) < 64 and capture.bytes < megabytes << 20:
            connection = Connection(rng, number, nanos + rng.randint(0, 10**6))
            active.append((connection, connection.packets()))
            number += 1
        if capture.bytes >= megabytes << 20:
            for connection, _ in active:
                connection.exchanges = min(connection.exchanges, connection.done + 1)
        turn = min(range(len(active)), key=lambda i: active[i][0].nanos)
        connection, packets = active[turn]
        nanos = connection.nanos
        for _ in range(32):
            item = next(packets, None)
            if item is None:
                exchanges += connection.done
                active.pop(turn)
                break
            capture.write(*item)
    capture.out.close()
    return capture.packets, capture.bytes, exchanges


def measured(command, output):
    """(seconds, CPU seconds, peak RSS in MB, standard error) of a command."""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        errors.seek(0)
        text = errors.read().decode(errors='replace')
    if status:
        sys.exit(f'bench: {command[0]} ended with {status}: {text[-500:]}')
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def read_with(name, path, java):
    """One round: measurements and the number of answered requests found."""
    if name == 'tshark':
        with tempfile.TemporaryFile() as found:
            command = ['tshark', '-n', '-r', path, '-d', 'tcp.port==8080,http',
                       '-o', 'tcp.reassemble_out_of_order:TRUE', '-Y', 'http.response',
                       '-T', 'fields', '-e', 'http.response.code']
            result = measured(command, found)
            found.seek(0)
            return result, sum(1 for _ in found)
    command = java + ['--read', path, '--output', name]
    result = measured(command, subprocess.DEVNULL)
    stats = json.loads(result[3].splitlines()[-1])
    return result, stats['exchanges_complete']


def allocated(name, path, java):
    """Bytes that the agent has allocated by the end of a capture, its start included."""
    at = java.index('-jar')
    command = [*java[:at], '-XX:-UseSerialGC', '-XX:+UnlockExperimentalVMOptions',
               '-XX:+UseEpsilonGC', '-Xmx6g', '-Xlog:gc*:stderr', *java[at:],
               '--read', path, '--output', name]
    log = measured(command, subprocess.DEVNULL)[3]
    start, top = re.search(r'space .* used \[(0x\w+), (0x\w+),', log).groups()
    return int(top, 16) - int(start, 16)


def allocation(names, directory, megabytes, whole, java):
    """By output: bytes for each further packet, and for each further exchange."""
    half = os.path.join(directory, 'half.pcap')
    half_packets, _, half_exchanges = make(half, megabytes // 2)
    path, packets, exchanges = whole
    further = {name: allocated(name, path, java) - allocated(name, half, java) for name in names}
    return {name: (size / (packets - half_packets), size / (exchanges - half_exchanges))
            for name, size in further.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--megabytes', type=int, default=256)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--readers', default='none,json,tshark',
                        help='outputs of the agent, and tshark')
    parser.add_argument('--keep', metavar='FILE', help='where the capture stays')
    options = parser.parse_args()
    java = agent.command('replay')
    readers = options.readers.split(',')
    if 'tshark' in readers and not shutil.which('tshark'):
        print('bench: tshark is not installed', file=sys.stderr)
        readers.remove('tshark')
    with tempfile.TemporaryDirectory() as directory:
        path = options.keep or os.path.join(directory, 'capture.pcap')
        packets, size, exchanges = make(path, options.megabytes)
        print(f'{size / 1e6:.0f} MB, {packets} packets, {exchanges} exchanges', flush=True)
        rounds = {name: [] for name in readers}
        for _ in range(options.rounds):
            for name in readers:
                rounds[name].append(read_with(name, path, java))
        agents = [name for name in readers if name != 'tshark']
        further = allocation(agents, directory, options.megabytes, (path, packets, exchanges), java)
    print('| reader | exchanges | packets/s | MB/s | CPU s | CPU µs a packet | peak RSS MB '
          '| allocated B a packet | B an exchange |')
    print('|' + ' --- |' * 9)
    for name in readers:
        seconds, cpu, rss = (statistics.median(each[0][i] for each in rounds[name])
                             for i in range(3))
        label = name if name == 'tshark' else f'agent, `--output {name}`'
        print(f'| {label} | {rounds[name][0][1]} | {packets / seconds:,.0f} '
              f'| {size / 1e6 / seconds:.0f} | {cpu:.2f} | {cpu / packets * 1e6:.2f} | {rss:.0f} '
              + ('| {:.0f} | {:,.0f} |'.format(*further[name]) if name in further else '| | |'))


if __name__ == '__main__':
    main()
