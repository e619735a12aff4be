#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the agent knows of HTTP/2 connections that were busy before it started.

Two network namespaces joined by a veth pair: nghttpd serves files in one, and h2load asks for them
from the other, over connections that all stay open. The agent attaches in the middle, once for each
number of connections and streams. Each file's name is its length, so that a response that is told of
another request shows. Needs root, nghttp2's h2load and nghttpd, and target/agent.jar.

    bench/joined.py [--seconds 10] [--loads 1x1,4x4,10x100]
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JAR = os.path.join(ROOT, 'target', 'agent.jar')
ADDRESS, PORT = '10.79.0.1', 8082
SIZES = (0, 1, 10, 100, 1000)
PATIENCE_SECONDS = 120


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Network:
    def __enter__(self):
        self.server, self.client = f'wsj-s{os.getpid()}', f'wsj-c{os.getpid()}'
        run('ip', 'netns', 'add', self.server)
        run('ip', 'netns', 'add', self.client)
        run('ip', 'link', 'add', 'srv', 'netns', self.server, 'type', 'veth',
            'peer', 'name', 'cli', 'netns', self.client)
        for space, name, address in ((self.server, 'srv', ADDRESS),
                                     (self.client, 'cli', '10.79.0.2')):
            run('ip', '-n', space, 'addr', 'add', address + '/24', 'dev', name)
            run('ip', '-n', space, 'link', 'set', name, 'up')
        return self

    def __exit__(self, *_):
        for space in (self.server, self.client):
            subprocess.run(('ip', 'netns', 'del', space))


def start(space, *command, **options):
    return subprocess.Popen(('ip', 'netns', 'exec', space, *command), **options)


def end(process):
    process.terminate()
    process.wait()


def wait_for(text, path):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while text not in open(path).read():
        if time.monotonic() > deadline:
            sys.exit(f'{path}: no "{text}":\n{open(path).read()}')
        time.sleep(0.1)


def measure(network, folder, connections, streams, seconds):
    urls = os.path.join(folder, 'urls')
    with open(urls, 'w') as out:
        out.writelines(f'http://{ADDRESS}:{PORT}/{size}\n' for size in SIZES)
    lines, errors, report = (os.path.join(folder, name) for name in ('lines', 'errors', 'report'))
    with open(report, 'w') as out:
        load = start(network.client, 'h2load', '-i', urls, '-D', '3600', '-c', str(connections),
                     '-m', str(streams), stdout=out, stderr=out)
    wait_for('100% of clients started', report)
    with open(lines, 'w') as out, open(errors, 'w') as err:
        agent = start(network.server, 'java', '--enable-native-access=ALL-UNNAMED', '-jar', JAR,
                      '--interface', 'srv', '--output', 'json', stdout=out, stderr=err)
    wait_for('attached to', errors)
    time.sleep(seconds)
    end(load)
    end(agent)
    return (json.loads(line) for line in open(lines))


def count(exchanges):
    counts = collections.Counter()
    connections = set()
    for each in exchanges:
        connections.add(each['client'])
        counts['exchanges'] += 1
        counts['method and path'] += each['method'] is not None and each['target'] is not None
        counts['host too'] += each['host'] is not None
        counts['status'] += each['status'] is not None
        counts[each['incomplete'] or 'complete'] += 1
        # A response that was cut off by the load's end is shorter than its name says, if anything.
        size, got = each['target'], each['response']['body_bytes']
        if size is not None and each['status'] is not None:
            counts['wrong'] += int(size[1:]) != got and each['incomplete'] in (None, 'joined')
    counts['connections'] = len(connections)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--loads', default='1x1,4x4,10x100')
    options = parser.parse_args()
    missing = [tool for tool in ('ip', 'h2load', 'nghttpd', 'java') if not shutil.which(tool)]
    if missing or not os.path.exists(JAR):
        sys.exit(f'missing: {", ".join(missing) or JAR}')
    with tempfile.TemporaryDirectory() as folder, Network() as network:
        for size in SIZES:
            with open(os.path.join(folder, str(size)), 'w') as out:
                out.write('x' * size)
        server = start(network.server, 'nghttpd', '--no-tls', '-d', folder, str(PORT))
        try:
            for load in options.loads.split(','):
                connections, streams = map(int, load.split('x'))
                counts = count(measure(network, folder, connections, streams, options.seconds))
                print(f'{load}: ' + ', '.join(f'{key} {value}' for key, value in
                                              sorted(counts.items())), flush=True)
        finally:
            end(server)


if __name__ == '__main__':
    os.environ['PATH'] += os.pathsep + '/usr/sbin'
    main()
