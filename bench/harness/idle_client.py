# SPDX-License-Identifier: Apache-2.0
"""Holds many connections and sends a request now and then on the next of them.

    idle_client.py ADDRESS PORT CONNECTIONS REQUESTS-PER-SECOND

Every connection asks once when it is opened, so that it is one that a tracer knows. When all are
open one line says so; then each line of standard input is a number of seconds to go on for, and is
answered by a line with what was measured. Ends with its input.
"""
import json
import select
import socket
import sys
import time

REQUEST = b'GET / HTTP/1.1\r\nHost: bench\r\n\r\n'
END_OF_ANSWER = b'hello\n'
OPENED_AT_ONCE = 200
PATIENCE_SECONDS = 30


class Client:
    def __init__(self, address, port, connections):
        self.epoll = select.epoll()
        self.sockets = {}
        # When what is unanswered on a connection was sent, by file descriptor.
        self.waiting = {}
        self.latencies, self.errors = [], 0
        while len(self.sockets) < connections:
            for _ in range(min(OPENED_AT_ONCE, connections - len(self.sockets))):
                opened = socket.create_connection((address, port), PATIENCE_SECONDS)
                opened.setblocking(False)
                self.sockets[opened.fileno()] = opened
                self.epoll.register(opened, select.EPOLLIN)
                self.send(opened.fileno())
            self.settle()
        if self.errors:
            sys.exit(f'idle_client: {self.errors} of {connections} connections failed')
        self.order = list(self.sockets)
        self.next = 0

    def send(self, number):
        self.waiting[number] = time.monotonic()
        self.sockets[number].send(REQUEST)

    def receive(self, timeout):
        for number, _ in self.epoll.poll(timeout):
            try:
                answer = self.sockets[number].recv(65536)
            except OSError:
                answer = b''
            if not answer:
                self.errors += 1
                self.epoll.unregister(number)
                self.waiting.pop(number, None)
            elif answer.endswith(END_OF_ANSWER):
                self.latencies.append(time.monotonic() - self.waiting.pop(number))

    def settle(self):
        """Waits for all answers that are due."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.waiting and time.monotonic() < deadline:
            self.receive(0.1)
        self.errors += len(self.waiting)
        self.waiting.clear()

    def run(self, seconds, rate):
        self.latencies, self.errors = [], 0
        start = time.monotonic()
        sent = 0
        while (now := time.monotonic()) < start + seconds:
            due = start + sent / rate
            if now < due:
                self.receive(due - now)
                continue
            number = self.order[self.next]
            self.next = (self.next + 1) % len(self.order)
            sent += 1
            if number in self.waiting:
                self.errors += 1
                continue
            try:
                self.send(number)
            except OSError:
                self.waiting.pop(number)
                self.errors += 1
        self.settle()
        ordered = sorted(self.latencies) or [0]
        return {'requests': len(self.latencies), 'rate': len(self.latencies) / seconds,
                'p50': 1e6 * ordered[len(ordered) // 2],
                'p99': 1e6 * ordered[len(ordered) * 99 // 100], 'errors': self.errors}


def main():
    address, port, connections, rate = sys.argv[1], *map(int, sys.argv[2:])
    client = Client(address, port, connections)
    print(json.dumps({'open': connections}), flush=True)
    for line in sys.stdin:
        print(json.dumps(client.run(float(line), rate)), flush=True)


if __name__ == '__main__':
    main()
