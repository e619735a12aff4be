#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tracing costs, measured side by side in one run.

Two network namespaces joined by a veth pair, nginx in one and wrk in the other (for HTTP/2 nghttpd
and h2load); each tracer in turn watches the server's interface while the load runs. Rounds are interleaved, so that a noisy machine
disturbs all alike, and medians are reported. CPU is counted behind a warm-up of 10 s; what a tracer
saw and lost counts from its start. Needs root, nginx, wrk, a C compiler and libbpf-dev; a
tracer that is not installed is named as absent.

    bench/live.py [--seconds 5] [--rounds 3] [--loads small,10k,...] [--tracers none,floor,...]
"""
import argparse
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OBJECT = os.path.join(ROOT, 'target', 'bpf', 'session_tracking.bpf.o')
SERVER_ADDRESS, PORT, H2_PORT = '10.78.0.1', 8080, 8081
TICKS = os.sysconf('SC_CLK_TCK')
SETTLE_SECONDS = 1.0
WARM_UP_SECONDS = 10

OTLP = {'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:4318'}
COLLECTOR_CONFIGURATION = '''
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:4318"}}}}
exporters: {debug: {verbosity: basic}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
    metrics: {receivers: [otlp], exporters: [debug]}
  telemetry: {metrics: {level: none}}
'''

LOADS = {
    # name: (path, connections, extra arguments of wrk)
    'small': ('/', 64, []),
    '10k': ('/10k', 64, []),
    '1m': ('/1m', 16, []),
    'close': ('/', 32, ['-H', 'Connection: close']),
    # of h2load, against nghttpd: 100 streams a connection
    'h2': ('/small', 10, ['-m', '100']),
}


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **options).stdout


class Network:
    """Namespaces wbc (client) and wbs (server), each with one end of a veth pair."""

    def __init__(self):
        suffix = str(os.getpid())
        self.client, self.server = 'wbc-' + suffix, 'wbs-' + suffix

    def __enter__(self):
        for namespace in (self.client, self.server):
            run('ip', 'netns', 'add', namespace)
        run('ip', 'link', 'add', 'cli', 'netns', self.client, 'type', 'veth',
            'peer', 'name', 'srv', 'netns', self.server)
        for namespace, name, address in ((self.client, 'cli', '10.78.0.2'),
                                         (self.server, 'srv', SERVER_ADDRESS)):
            run('ip', '-n', namespace, 'addr', 'add', address + '/24', 'dev', name)
            run('ip', '-n', namespace, 'link', 'set', name, 'up')
            run('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
        return self

    def __exit__(self, *_):
        for namespace in (self.client, self.server):
            subprocess.run(['ip', 'netns', 'del', namespace], stderr=subprocess.DEVNULL)


class Nginx:
    """One worker that answers 200 to /, /10k and /1m."""

    def __init__(self, network, directory):
        self.network, self.directory = network, directory

    def __enter__(self):
        files = os.path.join(self.directory, 'html')
        os.mkdir(files)
        os.chmod(self.directory, 0o755)
        for name, size in (('10k', 10 << 10), ('1m', 1 << 20)):
            with open(os.path.join(files, name), 'wb') as body:
                body.write(b'x' * size)
        configuration = os.path.join(self.directory, 'nginx.conf')
        with open(configuration, 'w') as out:
            out.write(f'''
                daemon off; worker_processes 1; pid {self.directory}/nginx.pid;
                error_log {self.directory}/error.log;
                events {{ worker_connections 20000; }}
                http {{
                  access_log off; sendfile on; keepalive_requests 1000000000;
                  server {{
                    listen {SERVER_ADDRESS}:{PORT} backlog=8192; root {files};
                    location = / {{ return 200 "hello\\n"; }}
                  }}
                }}''')
        self.process = subprocess.Popen(
            ['ip', 'netns', 'exec', self.network.server, 'nginx', '-c', configuration],
            stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        if self.process.poll() is not None:
            sys.exit('bench: nginx did not start: ' + open(self.directory + '/error.log').read())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Nghttpd:
    """The server of the load h2: /small is as long as what nginx answers to /."""

    def __init__(self, network, directory):
        self.network, self.directory = network, directory

    def __enter__(self):
        with open(os.path.join(self.directory, 'small'), 'w') as body:
            body.write('hello\n')
        self.process = subprocess.Popen(
            ['ip', 'netns', 'exec', self.network.server, 'nghttpd', '--no-tls',
             '--address', SERVER_ADDRESS, '-d', self.directory, str(H2_PORT)])
        time.sleep(0.5)
        if self.process.poll() is not None:
            sys.exit('bench: nghttpd did not start')
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Tracer:
    """A process that watches the server's interface."""

    def __init__(self, name, command, counted=None, ready=None, environment=None):
        self.name, self.command, self.counted, self.ready = name, command, counted, ready
        self.environment = environment or {}

    def start(self, network, directory):
        self.out = os.path.join(directory, self.name + '.out')
        self.err = os.path.join(directory, self.name + '.err')
        self.process = subprocess.Popen(
            ['ip', 'netns', 'exec', network.server] + self.command,
            stdout=open(self.out, 'wb'), stderr=open(self.err, 'wb'),
            env={**os.environ, **self.environment})
        deadline = time.monotonic() + 20
        while self.ready and self.ready not in open(self.err, errors='replace').read():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f'bench: {self.name} is not ready: {open(self.err).read()}')
            time.sleep(0.05)
        if not self.ready:
            time.sleep(1.5)

    def cpu_seconds(self):
        with open(f'/proc/{self.process.pid}/stat') as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_rss_mb(self):
        with open(f'/proc/{self.process.pid}/status') as status:
            return int(re.search(r'VmHWM:\s+(\d+)', status.read()).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def result(self):
        """(exchanges traced, packets lost) as the tracer itself says; None for what it does not."""
        return self.counted(self) if self.counted else (None, None)


def counted_by_agent(tracer):
    lines = [line for line in open(tracer.err, errors='replace') if line.startswith('{"wirespan":"stats"')]
    if not lines:
        sys.exit('bench: no accounting line: ' + open(tracer.err, errors='replace').read())
    stats = json.loads(lines[-1])
    return stats['exchanges_complete'], stats['packets_lost_kernel'] + stats['packets_lost_ring']


def counted_by_floor(tracer):
    return None, json.load(open(tracer.out))['lost']


def counted_lines(tracer):
    with open(tracer.out, errors='replace') as out:
        return sum(1 for line in out if ' 200 ' in line or line.startswith('200')), None


def java():
    """The JVM and its options as ./run starts it."""
    script = f'source {ROOT}/bin/setup.sh && prepare_agent live && printf "%s\\n" "${{java[@]}}"'
    return subprocess.run(['bash', '-c', script], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.split('\n')[:-1]


def agent(name, *options, environment=None):
    base = java() + ['--interface', 'srv']
    return Tracer(name, base + list(options), counted_by_agent, 'attached', environment)


def tracers(names, directory):
    floor = os.path.join(directory, 'floor')
    for name in names:
        if name == 'none':
            yield None
        elif name == 'floor':
            run('cc', '-O2', '-o', floor, os.path.join(ROOT, 'bench', 'floor.c'), '-lbpf')
            yield Tracer(name, [floor, OBJECT, 'srv'], counted_by_floor, 'attached')
        elif name == 'agent-none':
            yield agent(name, '--output', 'none')
        elif name == 'agent-json':
            yield agent(name, '--output', 'json')
        elif name == 'agent-otlp':
            if collector():
                yield agent(name, '--output', 'otlp', environment=OTLP)
            else:
                absent(name, 'no collector: OTELCOL names none and ./test has built none')
        elif not shutil.which(name):
            absent(name, 'not installed')
        elif name == 'tcpdump':
            yield Tracer(name, ['tcpdump', '-i', 'srv', '-w', '/dev/null', 'tcp', 'port', str(PORT)])
        elif name == 'httpry':
            yield Tracer(name, ['httpry', '-q', '-i', 'srv', '-f', 'status-code,method,request-uri',
                                '-m', 'get', f'tcp port {PORT}'], None)
        elif name == 'tshark':
            yield Tracer(name, ['tshark', '-i', 'srv', '-l', '-Y', 'http.response', '-T', 'fields',
                                '-e', 'http.response.code', '-f', f'tcp port {PORT}',
                                '-d', f'tcp.port=={PORT},http'], counted_lines)
        else:
            sys.exit('bench: no such tracer: ' + name)


def collector():
    """An OpenTelemetry Collector: OTELCOL, else the one that ./test builds for itself."""
    cache = os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache'))
    built = sorted(glob.glob(os.path.join(cache, 'wirespan', 'otelcol-*')), key=os.path.getmtime)
    return os.environ.get('OTELCOL') or (built[-1] if built else None)


class Collector:
    """The collector in the server's namespace; it drops what it is sent. Its CPU is not counted."""

    def __init__(self, network, directory):
        self.network, self.directory, self.process = network, directory, None

    def __enter__(self):
        if collector():
            configuration = os.path.join(self.directory, 'collector.yaml')
            with open(configuration, 'w') as out:
                out.write(COLLECTOR_CONFIGURATION)
            self.process = subprocess.Popen(
                ['ip', 'netns', 'exec', self.network.server, collector(), '--config', configuration],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(2)
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()


def absent(name, why):
    print(f'absent: {name} ({why})', file=sys.stderr)


def wrk(network, load, seconds):
    path, connections, extra = LOADS[load]
    out = run('ip', 'netns', 'exec', network.client, 'wrk', '-t1', f'-c{connections}',
              f'-d{seconds}s', '--latency', *extra, f'http://{SERVER_ADDRESS}:{PORT}{path}')
    number = lambda pattern: re.search(pattern, out)
    return {
        'requests': int(number(r'(\d+) requests in').group(1)),
        'rate': float(number(r'Requests/sec:\s+([\d.]+)').group(1)),
        'p50': number(r'\n +50%\s+(\S+)').group(1),
        'p99': number(r'\n +99%\s+(\S+)').group(1),
        'errors': 0 if 'Socket errors' not in out else out[out.index('Socket errors'):].split('\n')[0],
    }


def h2load(network, load, seconds):
    path, connections, extra = LOADS[load]
    out = run('ip', 'netns', 'exec', network.client, 'h2load', f'-c{connections}', f'-D{seconds}',
              *extra, f'http://{SERVER_ADDRESS}:{H2_PORT}{path}')
    number = lambda pattern: re.search(pattern, out)
    done = int(number(r'(\d+) succeeded').group(1))
    return {
        'requests': done,
        'rate': done / seconds,
        # h2load has no percentiles: its mean and its longest.
        'p50': number(r'time for request:\s+\S+\s+\S+\s+(\S+)').group(1),
        'p99': number(r'time for request:\s+\S+\s+(\S+)').group(1),
        'errors': int(number(r'(\d+) failed').group(1)),
    }


def run_load(network, load, seconds):
    return (h2load if load == 'h2' else wrk)(network, load, seconds)


def measure(network, tracer, load, seconds, directory):
    if tracer is None:
        return {'tracer': 'none', **run_load(network, load, seconds)}
    tracer.start(network, directory)
    try:
        warm_up = run_load(network, load, WARM_UP_SECONDS)
        time.sleep(SETTLE_SECONDS)
        before = tracer.cpu_seconds()
        result = {'tracer': tracer.name, **run_load(network, load, seconds)}
        time.sleep(SETTLE_SECONDS)
        used = tracer.cpu_seconds() - before
        result['rss'] = tracer.peak_rss_mb()
    finally:
        tracer.stop()
    traced, result['lost'] = tracer.result()
    result['cpu_us'] = used * 1e6 / result['requests']
    if traced is not None:
        result['share'] = traced / (result['requests'] + warm_up['requests'])
    return result


def median(rows, key):
    values = [row[key] for row in rows if row.get(key) is not None]
    return statistics.median(values) if values else None


def table(load, results):
    print(f'\n{load}: {LOADS[load][0]}, {LOADS[load][1]} connections'
          + (' (mean and longest, not p50 and p99)' if load == 'h2' else ''))
    print(f'{"tracer":12} {"req/s":>9} {"of none":>8} {"p50":>9} {"p99":>9} {"CPU us/req":>11} '
          f'{"traced":>9} {"lost":>8} {"peak MB":>8}')
    none = median(results.get('none', []), 'rate')
    for name, rows in results.items():
        rate, share, cpu = median(rows, 'rate'), median(rows, 'share'), median(rows, 'cpu_us')
        lost, rss = median(rows, 'lost'), median(rows, 'rss')
        middle = sorted(rows, key=lambda row: row['rate'])[len(rows) // 2]
        print(f'{name:12} {rate:9.0f} {"" if not none else f"{rate / none:8.2f}"} '
              f'{middle["p50"]:>9} {middle["p99"]:>9} '
              f'{"" if cpu is None else f"{cpu:.2f}":>11} '
              f'{"" if share is None else f"{100 * share:.3f}%":>9} '
              f'{"" if lost is None else f"{lost:.0f}":>8} {"" if rss is None else f"{rss:.0f}":>8}')


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=int, default=5, help='length of one load')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--loads', default='small,10k,1m,close,h2')
    parser.add_argument('--tracers',
                        default='none,floor,agent-none,agent-json,agent-otlp,tcpdump,httpry,tshark')
    parser.add_argument('--json', help='append every single measurement to this file')
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('bench: needs root, for namespaces and BPF')
    for needed in ('ip', 'nginx', 'wrk', 'cc'):
        if not shutil.which(needed):
            sys.exit(f'bench: {needed} is not installed')
    loads = options.loads.split(',')
    missing = [tool for tool in ('h2load', 'nghttpd') if not shutil.which(tool)]
    if 'h2' in loads and missing:
        absent('h2', ' and '.join(missing) + ' not installed')
        loads.remove('h2')
    with tempfile.TemporaryDirectory() as directory, Network() as network, \
            Nginx(network, directory), Collector(network, directory), \
            Nghttpd(network, directory) if 'h2' in loads else contextlib.nullcontext():
        all_tracers = list(tracers(options.tracers.split(','), directory))
        for load in loads:
            results = {}
            for _ in range(options.rounds):
                for tracer in all_tracers:
                    row = measure(network, tracer, load, options.seconds, directory)
                    results.setdefault(row['tracer'], []).append(row)
                    if options.json:
                        with open(options.json, 'a') as out:
                            out.write(json.dumps({'load': load, **row}) + '\n')
            table(load, results)


if __name__ == '__main__':
    main()
