#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tracing costs, measured side by side in one run.

Two network namespaces joined by a veth pair, nginx in one, wrk (for HTTP/2 h2load) in the other;
each tracer in turn watches the server's interface while a load runs. Rounds are interleaved, so
that a noisy machine disturbs all alike, and medians are reported. Needs root, nginx, wrk, a C
compiler and libbpf-dev; a tracer or a load whose program is not installed is named as absent.

    bench/live.py [--seconds 3] [--rounds 2] [--loads small,10k,...] [--tracers none,floor,...]
    bench/live.py --tracers none,floor --agent 'two-workers=--output none --workers 2'
    bench/live.py --json runs.json --write docs     # writes docs/benchmarks.md and .svg as well
    bench/live.py --from runs.json --write docs     # the same once more, of what was measured then
"""
import argparse
import contextlib
import fileinput
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile

from harness import machine, report
from harness.loads import LOADS, raise_file_limit
from harness.measure import Bench, rounds
from harness.network import Network
from harness.servers import Collector, Nginx
from harness.tracers import TRACERS, TracerFailed, add_agent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=int, default=3, help='length of one measurement')
    parser.add_argument('--warm-up', type=int, default=12, metavar='SECONDS',
                        help='load that goes before, for the agent, and up to four times that until '
                             'its JIT has little left to do; 1 for others')
    parser.add_argument('--rounds', type=int, default=2)
    parser.add_argument('--loads', default=','.join(LOADS), help='default: %(default)s')
    parser.add_argument('--tracers', default=','.join(['none', *TRACERS]),
                        help='default: %(default)s')
    parser.add_argument('--agent', action='append', default=[], metavar='NAME=OPTIONS',
                        help='also the agent with these options; repeatable')
    parser.add_argument('--json', metavar='FILE', help='every single measurement, a line each')
    parser.add_argument('--from', dest='sources', metavar='FILE', action='append',
                        help='measure nothing, report what --json wrote; repeatable')
    parser.add_argument('--write', metavar='DIR',
                        help='put table and picture into benchmarks.md and benchmarks.svg there')
    return parser.parse_args()


def chosen(names, known, kind):
    names = [name for name in names.split(',') if name]
    for name in names:
        if name not in known:
            sys.exit(f'bench: no such {kind}: {name}; there are {", ".join(known)}')
    return {name: known[name] for name in names}


def check_machine():
    if os.geteuid() != 0:
        sys.exit('bench: needs root, for namespaces and BPF')
    for needed in ('ip', 'nginx'):
        if not shutil.which(needed):
            sys.exit(f'bench: {needed} is not installed')


def present(loads, tracers, directory):
    """Those that can run, and sentences about those that cannot."""
    absent = []
    for name, load in list(loads.items()):
        if not shutil.which(load.needs):
            absent.append(f'{name} ({load.needs} is not installed)')
            del loads[name]
    for name, tracer in list(tracers.items()):
        why = tracer.absent() if tracer else ''
        try:
            if tracer and not why:
                tracer.prepare(directory)
        except TracerFailed as e:
            why = str(e)
        if why:
            absent.append(f'{name} ({why})')
            del tracers[name]
    for sentence in absent:
        print('bench: absent: ' + sentence, file=sys.stderr)
    return absent


def measured(options):
    """The run of these options: a report.Run, and what failed."""
    check_machine()
    files = raise_file_limit()
    loads = chosen(options.loads, LOADS, 'load')
    added = [add_agent(definition) for definition in options.agent]
    tracers = chosen(','.join([options.tracers, *added]), {'none': None, **TRACERS}, 'tracer')
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix='wirespan-bench-'))
        absent = present(loads, tracers, directory)
        run = report.Run({'commands': [shlex.join(['bench/live.py', *sys.argv[1:]])],
                          'absent': absent, 'machine': machine.description(),
                          'seconds': options.seconds})
        if options.json:
            run.copy_to(stack.enter_context(open(options.json, 'w')))
        network = stack.enter_context(Network())
        nginx = stack.enter_context(Nginx(network, directory, files))
        collector = None
        if any(tracer and tracer.sends_spans for tracer in tracers.values()):
            collector = stack.enter_context(Collector(network, directory))
        bench = Bench(network, nginx, collector, directory, options.seconds, options.warm_up)
        return run, rounds(bench, loads, tracers, options.rounds, run.add)


def main():
    options = arguments()
    # The temporary things are to go also when a time limit ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('bench: stopped'))
    page = report.Page(options.write) if options.write else None
    failures = []
    if options.sources:
        with fileinput.input(options.sources) as lines:
            run = report.Run.read(map(json.loads, lines))
    else:
        run, failures = measured(options)
    print(report.text(run))
    if page:
        page.write(run)
    for failure in failures:
        print('bench: failed: ' + failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
