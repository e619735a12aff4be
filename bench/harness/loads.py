# SPDX-License-Identifier: Apache-2.0
"""The loads, and the programs that make them."""
import array
import collections
import json
import os
import re
import resource
import subprocess
import sys

from .network import SERVER_ADDRESS
from .servers import HTTP2_PORT, HTTP_PORT

UNITS = {'us': 1, 'ms': 1e3, 's': 1e6, 'm': 60e6}

# What a load saw in its time; latencies in µs.
Sample = collections.namedtuple('Sample', 'requests rate p50 p99 errors')


class Wrk:
    """HTTP/1.1 as fast as nginx answers."""

    needs = 'wrk'
    port = HTTP_PORT

    def __init__(self, title, path, connections, *extra):
        self.title, self.path, self.connections, self.extra = title, path, connections, extra

    def open(self, network, directory):
        return self._Session(self, network)

    class _Session:
        def __init__(self, load, network):
            self.load, self.network = load, network

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def run(self, seconds):
            load = self.load
            out = output_of(self.network, [
                'wrk', '-t1', f'-c{load.connections}', f'-d{seconds}s', '--latency', *load.extra,
                f'http://{SERVER_ADDRESS}:{load.port}{load.path}'])
            errors = re.search(
                r'Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)', out)
            failed = re.search(r'Non-2xx or 3xx responses: (\d+)', out)
            return Sample(int(re.search(r'(\d+) requests in', out).group(1)),
                          float(re.search(r'Requests/sec:\s+([\d.]+)', out).group(1)),
                          micros(re.search(r'\n +50%\s+(\S+)', out).group(1)),
                          micros(re.search(r'\n +99%\s+(\S+)', out).group(1)),
                          sum(map(int, errors.groups() if errors else ()))
                          + (int(failed.group(1)) if failed else 0))


class H2load:
    """HTTP/2 with prior knowledge, many streams at once; every latency goes through a file.

    By number and not by time: at the end of its time h2load breaks off a thousand streams.
    """

    needs = 'h2load'
    port = HTTP2_PORT
    first_requests = 10_000

    def __init__(self, title, path, connections, streams):
        self.title, self.path = title, path
        self.connections, self.streams = connections, streams

    def open(self, network, directory):
        return self._Session(self, network, os.path.join(directory, 'h2load.log'))

    class _Session:
        def __init__(self, load, network, log):
            self.load, self.network, self.log = load, network, log
            self.rate = None

        def __enter__(self):
            return self

        def __exit__(self, *_):
            if os.path.exists(self.log):
                os.remove(self.log)

        def run(self, seconds):
            """About as long: the rate is that of the run before."""
            if self.rate is None:
                self.rate = self._requests(self.load.first_requests).rate
            return self._requests(max(self.load.first_requests, int(self.rate * seconds)))

        def _requests(self, number):
            load = self.load
            out = output_of(self.network, [
                'h2load', '-t1', f'-c{load.connections}', f'-m{load.streams}', f'-n{number}',
                f'--log-file={self.log}', f'http://{SERVER_ADDRESS}:{load.port}{load.path}'])
            done, failed = (int(re.search(rf'(\d+) {what}', out).group(1))
                            for what in ('succeeded', 'failed'))
            self.rate = float(re.search(r'finished in \S+, ([\d.]+) req/s', out).group(1))
            with open(self.log, 'rb') as lines:
                # Columns: start, status (-1 for a stream that failed), µs.
                latencies = sorted(array.array('l', (int(line.rsplit(b'\t', 1)[1])
                                                     for line in lines if b'\t-1\t' not in line)))
            os.remove(self.log)
            return Sample(done, self.rate, percentile(latencies, 50), percentile(latencies, 99),
                          failed)


class Idle:
    """Thousands of open connections, of which now and then one asks something."""

    needs = 'ip'
    port = HTTP_PORT
    path = '/'

    def __init__(self, title, connections, rate):
        self.title, self.connections, self.rate = title, connections, rate

    def open(self, network, directory):
        return self._Session(self, network)

    class _Session:
        """The connections are open as long as the session is, over warm-up and measurement."""

        def __init__(self, load, network):
            client = os.path.join(os.path.dirname(__file__), 'idle_client.py')
            self.process = network.popen(
                network.client,
                [sys.executable, client, SERVER_ADDRESS, str(load.port), str(load.connections),
                 str(load.rate)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def __enter__(self):
            self._answer()
            return self

        def __exit__(self, *_):
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()

        def run(self, seconds):
            self.process.stdin.write(f'{seconds}\n')
            self.process.stdin.flush()
            return Sample(**self._answer())

        def _answer(self):
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit('bench: the client of idle connections ended')
            return json.loads(line)


LOADS = {
    'small': Wrk('small answers, 64 keep-alive connections at full speed', '/', 64),
    '10k': Wrk('10 KB answers, 64 keep-alive connections at full speed', '/10k', 64),
    '1m': Wrk('1 MB answers, 16 keep-alive connections at full speed', '/1m', 16),
    'close': Wrk('a connection per request, 32 at a time', '/', 32, '-H', 'Connection: close'),
    'idle': Idle('10,000 idle connections, 2,000 requests/s among them', 10_000, 2_000),
    'h2': H2load('HTTP/2, 10 connections with 100 streams each', '/', 10, 100),
}


def raise_file_limit():
    """Room for the idle connections at both ends: what nginx may have open is returned."""
    wanted = 2 * LOADS['idle'].connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    LOADS['idle'].connections = min(LOADS['idle'].connections, limit - 500)
    return limit


def output_of(network, command):
    process = network.popen(network.client, command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    try:
        out, _ = process.communicate()
    finally:
        process.kill()
    if process.returncode:
        raise SystemExit(f'bench: {command[0]} failed: {out}')
    return out


def micros(text):
    """The µs of a time such as 801.00us or 1.68ms."""
    number, unit = re.fullmatch(r'([\d.]+)([a-z]+)', text).groups()
    return float(number) * UNITS[unit]


def percentile(ordered, percent):
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0
