#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each thread of the agent costs, in successive windows of one load: how the JIT settles, and
who works for a request then. Sets up what bench/live.py does. Needs root, nginx and wrk.

    bench/threads.py [--load small] [--windows 6] [--seconds 4] ['AGENT OPTIONS']
    bench/threads.py --load idle '--output otlp'
"""
import argparse
import contextlib
import os
import shlex
import tempfile

from harness import usage
from harness.loads import LOADS, raise_file_limit
from harness.network import Network
from harness.servers import Collector, Nginx
from harness.tracers import Agent

MOST_THREADS = 8


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--load', choices=LOADS, default='small')
    parser.add_argument('--windows', type=int, default=6)
    parser.add_argument('--seconds', type=int, default=4, help='length of a window')
    parser.add_argument('options', nargs='?', default='--output none', help='of the agent')
    return parser.parse_args()


def window(session, seconds, pid, nginx, collector):
    usage.forget_peak(pid)
    served, before = nginx.served(), usage.threads(pid)
    collected = collector.cpu().total if collector else 0
    sample = session.run(seconds)
    usage.wait_until_quiet(pid, seconds)
    served = nginx.served() - served
    micros = {name: nanos / 1e3 / served
              for name, nanos in (usage.threads(pid) - before).items() if nanos}
    busiest = sorted(micros, key=micros.get, reverse=True)[:MOST_THREADS]
    collected = (collector.cpu().total - collected) * 1e6 / served if collector else 0
    return (f'{sample.rate:8,.0f}/s  {sum(micros.values()):6.2f} µs  collector {collected:5.1f}  '
            f'{usage.peak_rss_mb(pid):4.0f} MB  '
            + ', '.join(f'{name} {micros[name]:.2f}' for name in busiest))


def main():
    options = arguments()
    load = LOADS[options.load]
    agent = Agent('agent', shlex.split(options.options))
    files = raise_file_limit()
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix='wirespan-bench-'))
        network = stack.enter_context(Network())
        nginx = stack.enter_context(Nginx(network, directory, files))
        agent.absent()  # Builds a collector if one is needed.
        collector = stack.enter_context(Collector(network, directory)) \
            if agent.sends_spans else None
        agent.prepare(directory)
        agent.start(network, collector, load, directory)
        stack.callback(agent.stop)
        session = stack.enter_context(load.open(network, directory))
        for _ in range(options.windows):
            print(window(session, options.seconds, agent.process.pid, nginx, collector), flush=True)


if __name__ == '__main__':
    main()
