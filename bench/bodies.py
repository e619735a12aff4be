#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a gigabyte of bodies costs the tracer, with and without --skip-bodies.

nginx in one network namespace, wrk in another, the agent on the server's interface, the two modes
in turn, round by round. Counted are the agent's CPU time and the run time of its BPF programs,
which is spent by whoever sends the packets. Needs root, nginx and wrk; target/agent.jar is built
by ./run --version.

    bench/bodies.py [--seconds 6] [--rounds 3] [--loads 1m,paced,200m,small]
"""
import argparse
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ADDRESS, PORT = '10.80.0.1', 8080
TICKS = os.sysconf('SC_CLK_TCK')
BPF_STATS = '/proc/sys/kernel/bpf_stats_enabled'
PATIENCE_SECONDS = 120
LOADS = {
    # name: (path, connections)
    '1m': ('/1m', 8),
    'paced': ('/paced/1m', 4),
    '200m': ('/200m', 1),
    'small': ('/small', 32),
}
NGINX = '''
worker_processes 1; pid {0}/nginx.pid; error_log {0}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000000;
  server {{
    listen 8080; root {0}/www;
    location /paced/ {{ limit_rate 100m; alias {0}/www/; }}
  }}
}}
'''


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True).stdout


def inside(namespace, *command):
    return ['ip', 'netns', 'exec', namespace, *command]


def java():
    return run('bash', '-c', f'source {ROOT}/bin/setup.sh; find_java java; echo $java_home/bin/java'
               ).strip()


class Network:
    """Two namespaces joined by a veth pair, and nginx in the second."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix='wirespan-bodies-')
        self.client, self.server = (f'wsb{side}-{os.getpid()}' for side in 'cs')
        for namespace in (self.client, self.server):
            run('ip', 'netns', 'add', namespace)
            run('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
        run('ip', 'link', 'add', 'cli', 'netns', self.client, 'type', 'veth',
            'peer', 'name', 'srv', 'netns', self.server)
        for namespace, name, address in ((self.client, 'cli', '10.80.0.2'),
                                         (self.server, 'srv', ADDRESS)):
            run('ip', '-n', namespace, 'addr', 'add', address + '/24', 'dev', name)
            run('ip', '-n', namespace, 'link', 'set', name, 'up')
        os.makedirs(self.directory + '/www')
        os.chmod(self.directory, 0o755)
        for name, size in (('small', 100), ('1m', 1_000_000), ('200m', 200_000_000)):
            with open(f'{self.directory}/www/{name}', 'wb') as file:
                file.truncate(size)
        configuration = self.directory + '/nginx.conf'
        with open(configuration, 'w') as file:
            file.write(NGINX.format(self.directory))
        run(*inside(self.server, 'nginx', '-c', configuration))
        return self

    def __exit__(self, *_):
        with open(self.directory + '/nginx.pid') as file:
            os.kill(int(file.read()), 15)
        for namespace in (self.client, self.server):
            run('ip', 'netns', 'del', namespace)
        shutil.rmtree(self.directory, ignore_errors=True)

    def load(self, path, connections, seconds):
        """Runs wrk; returns the requests answered."""
        report = run(*inside(self.client, 'wrk', '-t1', f'-c{connections}', f'-d{seconds}',
                             '--timeout', '30', f'http://{ADDRESS}:{PORT}{path}'))
        return int(re.search(r'(\d+) requests in', report).group(1))

    def bytes_sent(self):
        counters = json.loads(run('ip', '-n', self.server, '-s', '-j', 'link', 'show', 'srv'))
        return counters[0]['stats64']['tx']['bytes']


class Agent:
    """The agent, attached and with its outputs off."""

    def __init__(self, network, mode):
        self.errors = f'{network.directory}/agent-{mode}.err'
        with open(self.errors, 'w') as errors:
            self.process = subprocess.Popen(
                [java(), f'@{ROOT}/bin/jvm.options', '-jar', f'{ROOT}/target/agent.jar',
                 '--netns', network.server, '--interface', 'srv', '--output', 'none',
                 '--stats', '1', '--skip-bodies', mode], stderr=errors)
        deadline = time.time() + PATIENCE_SECONDS
        while 'attached to' not in self.text():
            if time.time() > deadline or self.process.poll() is not None:
                sys.exit('the agent does not attach: ' + self.text())
            time.sleep(0.1)

    def text(self):
        with open(self.errors) as file:
            return file.read()

    def cpu_seconds(self):
        with open(f'/proc/{self.process.pid}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def bpf_seconds(self):
        total = {}
        for path in glob.glob(f'/proc/{self.process.pid}/fdinfo/*'):
            try:
                with open(path) as file:
                    info = dict(line.split(':\t', 1) for line in file if ':\t' in line)
            except OSError:
                continue
            if 'run_time_ns' in info:
                total[info['prog_id']] = int(info['run_time_ns'])
        return sum(total.values()) / 1e9

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        return json.loads(self.text().strip().splitlines()[-1])


def measure(network, load, mode, options):
    path, connections = LOADS[load]
    agent = Agent(network, mode)
    # Until the JIT has done what it will do.
    network.load(path, connections, options.warm_up)
    before = agent.cpu_seconds(), agent.bpf_seconds(), network.bytes_sent()
    requests = network.load(path, connections, options.seconds)
    time.sleep(0.5)
    after = agent.cpu_seconds(), agent.bpf_seconds(), network.bytes_sent()
    stats = agent.stop()
    cpu, bpf, sent = (b - a for a, b in zip(before, after))
    lost = stats['packets_lost_ring'] + stats['packets_lost_kernel']
    return {
        'gigabytes': sent / 1e9, 'requests': requests, 'seconds': options.seconds,
        'agent_ms': cpu * 1e3, 'bpf_ms': bpf * 1e3, 'lost': lost,
        'skipped': stats['packets_ignored'].get('skipped-body', 0),
        'forwarded': stats['packets_forwarded'], 'gap_bytes': stats['gap_bytes'],
        'incomplete': sum(stats['exchanges_incomplete'].values()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seconds', type=int, default=6)
    parser.add_argument('--warm-up', type=int, default=6)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--loads', default='1m,paced,200m,small')
    options = parser.parse_args()
    with open(BPF_STATS, 'r+') as file:
        was = file.read().strip()
    with open(BPF_STATS, 'w') as file:
        file.write('1')
    results = {}
    try:
        with Network() as network:
            for _ in range(options.rounds):
                for load in options.loads.split(','):
                    for mode in ('off', 'on'):
                        result = measure(network, load, mode, options)
                        results.setdefault((load, mode), []).append(result)
                        print(json.dumps({'load': load, 'skip': mode, **result}), file=sys.stderr)
    finally:
        with open(BPF_STATS, 'w') as file:
            file.write(was)
    print('| load | skip | MB/s | agent ms/GB | BPF ms/GB | sum | lost packets | gap bytes |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- |')
    for (load, mode), rounds in results.items():
        def median(value):
            return statistics.median(value(each) for each in rounds)
        agent = median(lambda r: r['agent_ms'] / r['gigabytes'])
        bpf = median(lambda r: r['bpf_ms'] / r['gigabytes'])
        both = median(lambda r: (r['agent_ms'] + r['bpf_ms']) / r['gigabytes'])
        speed = median(lambda r: r['gigabytes'] * 1e3 / r['seconds'])
        print(f'| {load} | {mode} | {speed:.0f} | {agent:.1f} | {bpf:.1f} | {both:.1f} '
              f'| {median(lambda r: r["lost"]):.0f} | {median(lambda r: r["gap_bytes"]):.0f} |')


if __name__ == '__main__':
    main()
