# SPDX-License-Identifier: Apache-2.0
"""One measurement, and the rounds of them.

A tracer is started anew for each. The load warms it up, and runs again for the time that counts; the
agent, whose code the JIT has to compile, has small answers at full speed before a slower load.
CPU is read around that second run: before it, when the tracer has nothing left to do, and after it,
when it has caught up (or patience ends), and divided by the requests that the server read.
"""
import subprocess
import sys

from . import usage
from .loads import LOADS
from .servers import HTTP_PORT
from .tracers import Seen, TracerFailed

WARM_UP_RUNS = 4
MOST_WARM_UP_RUNS = 16
COMPILERS = ('C1 ', 'C2 ')
SETTLED = 0.05  # of the CPU of all threads, in a run
PATIENCE_SECONDS = 10


class Bench:
    def __init__(self, network, nginx, collector, directory, seconds, warm_up):
        self.network, self.nginx, self.collector = network, nginx, collector
        self.directory, self.seconds, self.warm_up = directory, seconds, warm_up

    def measure(self, load, tracer):
        """A row: a dictionary of figures, without those that there are none of."""
        start = self.nginx.served()
        if tracer is None:
            with load.open(self.network, self.directory) as session:
                session.run(1)
                return self._window(session)
        tracer.start(self.network, self.collector, load, self.directory)
        try:
            if tracer.needs_warm_up and load.port == HTTP_PORT and load is not LOADS['small']:
                with LOADS['small'].open(self.network, self.directory) as fast:
                    self._warm_up(fast, tracer)
            with load.open(self.network, self.directory) as session:
                self._warm_up(session, tracer)
                row = self._watched_window(session, tracer)
        finally:
            tracer.stop()
        row.update(self._total(tracer.total(), self.nginx.served() - start))
        for part in ('user', 'system', 'collector'):
            if part + '_seconds' in row:
                row[part + '_us'] = 1e6 * row.pop(part + '_seconds') / row['served']
        if tracer.remark():
            row['remark'] = tracer.remark()
        return row

    def _warm_up(self, session, tracer):
        """In several runs, as the one that is measured is another: what connections do at their
        beginning and end has the JIT compile anew. Until it is done, or nearly."""
        if not tracer.needs_warm_up:
            session.run(1)
            return
        runs, compiling = 0, 1
        while runs < WARM_UP_RUNS or runs < MOST_WARM_UP_RUNS and compiling > SETTLED:
            before = usage.threads(tracer.process.pid)
            session.run(self.warm_up // WARM_UP_RUNS)
            used = usage.threads(tracer.process.pid) - before
            compiling = sum(nanos for name, nanos in used.items()
                            if name.startswith(COMPILERS)) / max(1, used.total())
            runs += 1

    def _window(self, session):
        served, busy = self.nginx.served(), usage.machine_busy()
        sample = session.run(self.seconds)
        busy = usage.machine_busy() - busy
        served = self.nginx.served() - served
        return {**sample._asdict(), 'served': served, 'machine_us': 1e6 * busy / served}

    def _watched_window(self, session, tracer):
        pid = tracer.process.pid
        usage.wait_until_quiet(pid, PATIENCE_SECONDS)
        usage.forget_peak(pid)
        seen_before, collector_before = tracer.now(), self.collector_cpu(tracer)
        before = usage.cpu(pid)
        row = self._window(session)
        quiet = usage.wait_until_quiet(pid, PATIENCE_SECONDS)
        used = usage.between(before, usage.cpu(pid))
        row.update(user_seconds=used.user, system_seconds=used.system,
                   rss_mb=usage.peak_rss_mb(pid), caught_up=quiet)
        if tracer.sends_spans:
            row['collector_seconds'] = self.collector_cpu(tracer) - collector_before
        seen = tracer.now()
        if tracer.process.poll() is not None:
            raise TracerFailed(f'{tracer.name} ended under load: {tracer.errors()[-500:]}')
        if seen.traced is not None:
            row['window_share'] = (seen.traced - seen_before.traced) / row['served']
            row['window_lost'] = seen.lost - seen_before.lost
        return row

    def collector_cpu(self, tracer):
        return self.collector.cpu().total if tracer.sends_spans else 0

    @staticmethod
    def _total(seen: Seen, served):
        row = {'served_total': served, 'lost': seen.lost}
        if seen.traced is not None:
            row['share'] = seen.traced / served
        return {key: value for key, value in row.items() if value is not None}


def rounds(bench, loads, tracers, count, keep):
    """Every load with every tracer, count times; each other round goes backwards through them.

    Rows go to keep(load, tracer, row). Returns what failed, as sentences.
    """
    failures = []
    for load_name, load in loads.items():
        for number in range(count):
            order = list(tracers.items())
            for name, tracer in order[::-1] if number % 2 else order:
                print(f'bench: {load_name}, round {number + 1} of {count}: {name}',
                      file=sys.stderr, flush=True)
                try:
                    row = bench.measure(load, tracer)
                except (TracerFailed, subprocess.SubprocessError) as e:
                    failures.append(f'{load_name}, {name}: {e}')
                    continue
                keep(load_name, name, row)
    return failures
