# SPDX-License-Identifier: Apache-2.0
"""What is compared: how each is started, when it is ready, and what it says it saw."""
import collections
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time

from . import agent, usage
from .network import WATCHED, run
from .servers import HTTP2_PORT, HTTP_PORT, OTLP_PORT, collector_binary

OBJECT = os.path.join(agent.ROOT, 'target', 'bpf', 'session_tracking.bpf.o')
PATIENCE_SECONDS = 30
PACKETD_PORT = 9091
# Of the agent's accounting lines. Every minute would be usual, but a measurement waits for two.
ACCOUNT_SECONDS = 5

# Requests traced and packets lost since the start, as the tracer says; None for what it does not.
Seen = collections.namedtuple('Seen', 'traced lost')


# Why an exchange is incomplete whose request was seen all the same, but was broken off: wrk leaves
# one a connection when its time is up.
BROKEN_OFF = ('no-response', 'reset', 'aborted', 'still-open')


class TracerFailed(Exception):
    pass


class Tracer:
    """A process that watches the server's interface, here one that only copies: tcpdump."""

    # In what standard error holds once it captures; of those without, WAIT is enough.
    ready = 'listening on'
    # Java's JIT does; others have faulted in their pages within a second.
    needs_warm_up = False
    # With libpcap's programs an interrupt is the way to end in order.
    end = signal.SIGINT
    sends_spans = False

    def __init__(self, name):
        self.name, self.process = name, None

    def absent(self):
        """Why it cannot take part; empty if it can."""
        return '' if shutil.which(self.name) else 'not installed'

    def prepare(self, directory):
        """Whatever takes time and is not to be measured."""

    def command(self, load):
        return ['tcpdump', '-n', '-i', WATCHED, '-w', '/dev/null', f'tcp port {load.port}']

    def environment(self):
        return {}

    def start(self, network, collector, load, directory):
        self.network, self.collector = network, collector
        self.out, self.err = (os.path.join(directory, self.name + end) for end in ('.out', '.err'))
        self.spans_before = collector.spans() if self.sends_spans else 0
        with open(self.out, 'wb') as out, open(self.err, 'wb') as err:
            self.process = network.popen(network.server, self.command(load), stdout=out, stderr=err,
                                         cwd=directory, env={**os.environ, 'TMPDIR': directory,
                                                             **self.environment()})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise TracerFailed(f'{self.name} is not ready: {self.errors()[:500]}')
            time.sleep(0.05)

    def is_ready(self):
        return self.ready in self.errors()

    def stop(self):
        """Ends it, and everything it has started."""
        family = usage.family(self.process.pid)
        if self.process.poll() is None:
            self.process.send_signal(self.end)
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in family:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def errors(self):
        with open(self.err, errors='replace') as err:
            return err.read()

    def now(self):
        """What it has seen so far, if it can say that before its end."""
        return Seen(None, None)

    def total(self):
        """What it has seen altogether; asked when it has ended."""
        return Seen(None, self.number(r'(\d+) packets dropped by kernel'))

    def remark(self):
        """What else it says at its end that its figures do not show; or empty."""
        return ''

    def number(self, pattern):
        found = re.search(pattern, self.errors())
        return int(found.group(1)) if found else None


class Floor(Tracer):
    """bench/floor.c: the agent's BPF program, its records only counted."""

    ready, end = 'attached', signal.SIGTERM

    def __init__(self, name, *options):
        super().__init__(name)
        self.options = options

    def absent(self):
        return '' if shutil.which('cc') else 'no cc to build it'

    def prepare(self, directory):
        self.program = os.path.join(directory, 'floor')
        source = os.path.join(agent.ROOT, 'bench', 'floor.c')
        try:
            run('cc', '-O2', '-o', self.program, source, '-lbpf')
        except subprocess.CalledProcessError as e:
            raise TracerFailed('the floor does not compile: ' + e.output) from e

    def command(self, load):
        return [self.program, OBJECT, WATCHED, *self.options]

    def total(self):
        with open(self.out) as out:
            return Seen(None, json.load(out)['lost'])


class Agent(Tracer):
    """Wirespan with some options, as ./run starts it."""

    ready, end = 'attached', signal.SIGTERM
    needs_warm_up = True

    def __init__(self, name, options):
        super().__init__(name)
        self.options = options
        self.sends_spans = 'otlp' in options

    def absent(self):
        no_collector = self.sends_spans and not collector_binary(build=True)
        return 'no collector: OTELCOL names none, and there is no go to build one' \
            if no_collector else ''

    def prepare(self, directory):
        self.java = agent.command('live')

    def command(self, load):
        return self.java + ['--interface', WATCHED, '--stats', str(ACCOUNT_SECONDS), *self.options]

    def environment(self):
        endpoint = {'OTEL_EXPORTER_OTLP_ENDPOINT': f'http://127.0.0.1:{OTLP_PORT}'}
        return endpoint if self.sends_spans else {}

    def lines(self):
        return [line for line in self.errors().splitlines(keepends=True)
                if line.startswith('{"wirespan":"stats"') and line.endswith('\n')]

    def now(self):
        """Of an accounting line that was begun after this was called."""
        written, deadline = len(self.lines()), time.monotonic() + PATIENCE_SECONDS
        while len(self.lines()) <= written:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise TracerFailed(f'{self.name} is silent: {self.errors()[-500:]}')
            time.sleep(0.05)
        return self.seen()

    def seen(self):
        stats = json.loads(self.lines()[-1])
        broken_off = sum(stats['exchanges_incomplete'][reason] for reason in BROKEN_OFF)
        return Seen(stats['exchanges_complete'] + broken_off,
                    stats['packets_lost_kernel'] + stats['packets_lost_ring'])

    def total(self):
        if self.process.returncode or not self.lines():
            raise TracerFailed(f'{self.name} ended with {self.process.returncode}: '
                               + self.errors()[-500:])
        seen = self.seen()
        # With OTLP what counts is what has arrived.
        return seen._replace(traced=min(seen.traced, arrived(self))) if self.sends_spans else seen

    def remark(self):
        stats = json.loads(self.lines()[-1])
        counted = {**{name: stats[name] for name in ('spans_dropped', 'lines_lost')},
                   **stats['exchanges_incomplete']}
        return ', '.join(f'{name} {value:,}' for name, value in counted.items() if value)


class Httpry(Tracer):
    """A line a message, requests and responses."""

    ready = 'Starting capture'

    def command(self, load):
        return ['httpry', '-i', WATCHED, '-f', 'status-code,method,request-uri',
                f'tcp port {load.port}']

    def total(self):
        with open(self.out, errors='replace') as out:
            return Seen(sum(1 for line in out if line.startswith('200\t')),
                        self.number(r'(\d+) packets dropped'))


class Tshark(Tracer):
    """A line for each packet in which responses end, with their status codes."""

    ready = 'Capture started'

    def command(self, load):
        field = 'http2.headers.status' if load.port == HTTP2_PORT else 'http.response.code'
        protocol = 'http2' if load.port == HTTP2_PORT else 'http'
        return ['tshark', '-n', '-i', WATCHED, '-f', f'tcp port {load.port}',
                '-d', f'tcp.port=={load.port},{protocol}', '-Y', field, '-T', 'fields', '-e', field]

    def total(self):
        with open(self.out, errors='replace') as out:
            return Seen(sum(line.count('200') for line in out),
                        self.number(r'(\d+) packets? dropped') or 0)


class Packetd(Tracer):
    """A packetd on the PATH, sending nothing or traces; else as its reference configuration.

    But for the batches of 1,000 spans: with its 100 most spans are dropped at these rates.
    """

    ready, end = '', signal.SIGTERM

    def __init__(self, name, otlp):
        super().__init__(name)
        self.sends_spans = otlp

    def absent(self):
        if self.sends_spans and not collector_binary(build=True):
            return 'no collector'
        return '' if shutil.which('packetd') else 'not installed'

    def prepare(self, directory):
        self.configuration = os.path.join(directory, self.name + '.json')
        traces = {'enabled': self.sends_spans, 'batch': 1000, 'interval': '3s',
                  'endpoint': f'http://127.0.0.1:{OTLP_PORT}/v1/traces'}
        with open(self.configuration, 'w') as out:
            # JSON is YAML.
            json.dump({
                'logger': {'stdout': True, 'level': 'info'},
                'server': {'enabled': True, 'address': f'127.0.0.1:{PACKETD_PORT}'},
                'sniffer': {'ifaces': WATCHED, 'engine': 'pcap', 'protocols': {'rules': [
                    {'name': 'http', 'protocol': 'http', 'ports': [HTTP_PORT]},
                    {'name': 'http2', 'protocol': 'http2', 'ports': [HTTP2_PORT]}]}},
                'controller': {'connExpired': '5m'},
                'metricsStorage': {'enabled': False},
                'processor': [{'name': 'roundtripstotraces'}],
                'pipeline': [{'name': 'traces/common', 'processors': ['roundtripstotraces']}]
                            if self.sends_spans else [],
                'exporter': {'traces': traces, 'metrics': {'enabled': False},
                             'roundtrips': {'enabled': False}},
            }, out)

    def command(self, load):
        return ['packetd', 'agent', '--config', self.configuration]

    def is_ready(self):
        self.metrics = self.network.get(PACKETD_PORT, '/metrics')
        return bool(self.metrics)

    def stop(self):
        # Its counters go with it; before that it has a batch to send.
        if self.process.poll() is None:
            time.sleep(4 if self.sends_spans else 0)
            self.metrics = self.network.get(PACKETD_PORT, '/metrics')
        super().stop()

    def total(self):
        traced, lost = (
            int(sum(float(value) for value in
                    re.findall(rf'^packetd_{name}(?:{{.*}})? (\S+)$', self.metrics, re.MULTILINE)))
            for name in ('handled_roundtrips_total', 'sniffer_dropped_packets_total'))
        return Seen(arrived(self) if self.sends_spans else traced, lost)


def arrived(tracer):
    """Spans that the collector got of a tracer that has ended; its log may be a moment behind."""
    counted = -1
    while counted != (counted := tracer.collector.spans()):
        time.sleep(0.5)
    return counted - tracer.spans_before


AGENTS = {
    'agent-none': ['--output', 'none'],
    'agent-json': ['--output', 'json'],
    'agent-otlp': ['--output', 'otlp'],
}

TRACERS = {
    'floor': Floor('floor'),
    'floor-seldom': Floor('floor-seldom', 'seldom'),
    **{name: Agent(name, options) for name, options in AGENTS.items()},
    'tcpdump': Tracer('tcpdump'),
    'httpry': Httpry('httpry'),
    'tshark': Tshark('tshark'),
    'packetd-none': Packetd('packetd-none', otlp=False),
    'packetd-otlp': Packetd('packetd-otlp', otlp=True),
}


def add_agent(definition):
    """Adds NAME=OPTIONS, an agent with options of its own, and returns its name."""
    name, _, options = definition.partition('=')
    TRACERS[name] = Agent(name, shlex.split(options))
    return name
