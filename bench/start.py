#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the agent takes to start, and what it costs until then.

In a network namespace with a veth pair, the agent is started again and again as ./run starts it,
with and without the archive of its training run; each time until it says that it is attached.
Rounds are interleaved, and medians are reported. As the machine's speed may change under way, a
loop of fixed length is timed beside each start: "slowest loop" far from 1 means that it did. Needs
root.

    bench/start.py [--rounds 9] [--agent 'NAME=OPTIONS']...
"""
import argparse
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from harness import agent, machine
from harness.network import WATCHED, Network

PATIENCE_SECONDS = 30
TICKS = os.sysconf('SC_CLK_TCK')
LOOP = 400_000
NOWHERE = 'http://127.0.0.1:9'  # no collector is needed to start


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--agent', action='append', metavar='NAME=OPTIONS',
                        help="default: none='--output none' and otlp='--output otlp'")
    return parser.parse_args()


def commands(agents):
    """The command of each agent, with the archive and without."""
    java = agent.command('live')
    without = [word for word in java if not word.startswith('-XX:AOTCache=')]
    kinds = {'': without} if java == without else {'': java, ', no archive': without}
    return {name + kind: command + ['--interface', WATCHED, *shlex.split(options)]
            for name, _, options in (each.partition('=') for each in agents)
            for kind, command in kinds.items()}


def start(network, command, directory):
    """Milliseconds to "attached", CPU milliseconds (user, system) and RSS in MB at that time."""
    environment = {**os.environ, 'OTEL_EXPORTER_OTLP_ENDPOINT': NOWHERE}
    begun = time.monotonic()
    process = network.popen(network.server, command, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, cwd=directory, env=environment)
    said = ''
    for line in process.stderr:
        said += line
        if 'attached' in line:
            break
    else:
        sys.exit('bench: the agent does not start: ' + said)
    took = time.monotonic() - begun
    with open(f'/proc/{process.pid}/stat') as stat:
        fields = stat.read().rpartition(')')[2].split()
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    process.wait(PATIENCE_SECONDS)
    user, system = (1000 * int(field) / TICKS for field in fields[11:13])
    return 1000 * took, user, system, int(fields[21]) * os.sysconf('SC_PAGE_SIZE') / 2**20


def loop():
    """Seconds that the processor needs for always the same."""
    begun, total = time.process_time(), 0
    for number in range(LOOP):
        total += number
    return time.process_time() - begun


def main():
    options = arguments()
    # The namespaces are to go also when a time limit ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('bench: stopped'))
    if os.geteuid() != 0:
        sys.exit('bench: needs root, for namespaces and BPF')
    started = commands(options.agent or ['none=--output none', 'otlp=--output otlp'])
    measured = {name: [] for name in started}
    loops = []
    with Network() as network, tempfile.TemporaryDirectory(prefix='wirespan-bench-') as directory:
        for _ in range(options.rounds):
            for name, command in started.items():
                loops.append(loop())
                measured[name].append(start(network, command, directory))
    print('\n'.join(machine.description()))
    print(f'{options.rounds} rounds; slowest loop {max(loops) / min(loops):.2f} of the fastest\n')
    print('| agent | to attached, ms: median (fastest, slowest) | user CPU, ms | system, ms | RSS, MB |')
    print('| --- | ---: | ---: | ---: | ---: |')
    for name, starts in measured.items():
        took, user, system, rss = (statistics.median(column) for column in zip(*starts))
        fastest, slowest = min(starts)[0], max(starts)[0]
        print(f'| {name} | {took:.0f} ({fastest:.0f}, {slowest:.0f}) '
              f'| {user:.0f} | {system:.0f} | {rss:.0f} |')
    return 0


if __name__ == '__main__':
    sys.exit(main())
