# SPDX-License-Identifier: Apache-2.0
"""Medians of what was measured, as tables for a terminal and for the documentation."""
import collections
import json
import os
import statistics

from . import picture
from .loads import LOADS
from .text import percent, significant

BEGIN = '<!-- measured: begin (bench/live.py --write writes this part) -->'
END = '<!-- measured: end -->'

NOTES = '''
*of none*: the load's requests/s over those without a tracer. *CPU µs*: of the tracer's processes, all threads and
children, user + system, behind a warm-up, for each request that the server read: one that misses half of them pays for
half; then the lowest and the highest of the rounds. What the kernel does in the name of others (the BPF program, a
socket's copies) is in *machine µs*: all that all CPUs did, load and server included, for each request. *traced*: of the requests that the server read from the
tracer's start to its end, warm-up included; with OTLP those whose spans arrived. *lost*: packets, likewise; in brackets
those of the time that counts, where the tracer tells. *collector µs*: CPU of the Collector, on the same CPUs.'''


class Run:
    """What was measured: about the run, and rows by load and tracer in the order of their coming."""

    def __init__(self, about):
        self.about = about
        self.rows = collections.defaultdict(lambda: collections.defaultdict(list))
        self.copy = None

    @staticmethod
    def read(objects):
        """Of the lines of one run, or of those of several, of the same machine and length."""
        objects = iter(objects)
        run = Run(next(objects))
        for row in objects:
            if 'commands' in row:
                run.about['commands'] += row['commands']
            else:
                run.add(row.pop('load'), row.pop('tracer'), row)
        return run

    def copy_to(self, out):
        """Has everything written to a file, a line of JSON each, as soon as it is there."""
        self.copy = out
        self._write(self.about)

    def add(self, load, tracer, row):
        self.rows[load][tracer].append(row)
        if self.copy:
            self._write({'load': load, 'tracer': tracer, **row})

    def _write(self, value):
        self.copy.write(json.dumps(value) + '\n')
        self.copy.flush()

    def names(self, load):
        """The tracers, as their first round ran them, no tracer first."""
        return sorted(self.rows[load], key=lambda name: name != 'none')

    def median(self, load, tracer, key):
        values = [row[key] for row in self.rows[load][tracer] if row.get(key) is not None]
        return statistics.median(values) if values else None

    def cpu(self, load, tracer):
        """µs a request, user and system; None where there is none."""
        parts = [self.median(load, tracer, part + '_us') for part in ('user', 'system')]
        return None if None in parts else parts


class Column:
    def __init__(self, title, text):
        self.title, self.text = title, text


def number(key, form='{:,.0f}', scale=1):
    def text(run, load, tracer):
        value = run.median(load, tracer, key)
        return '' if value is None else form.format(value * scale)
    return text


def of_none(run, load, tracer):
    none = run.median(load, 'none', 'rate')
    return f'{run.median(load, tracer, "rate") / none:.2f}' if none else ''


def cpu(run, load, tracer):
    parts = run.cpu(load, tracer)
    return '{} ({} + {})'.format(*map(significant, (sum(parts), *parts))) if parts else ''


def spread(run, load, tracer):
    totals = [row['user_us'] + row['system_us']
              for row in run.rows[load][tracer] if 'user_us' in row]
    return '{} to {}'.format(*map(significant, (min(totals), max(totals)))) \
        if len(totals) > 1 else ''


def times(run, load, tracer):
    return str(len(run.rows[load][tracer]))


def share(run, load, tracer):
    value = run.median(load, tracer, 'share')
    return '' if value is None else percent(value)


def lost(run, load, tracer):
    total = run.median(load, tracer, 'lost')
    if total is None:
        return ''
    counted = run.median(load, tracer, 'window_lost')
    return f'{total:,.0f}' + ('' if counted is None else f' ({counted:,.0f})')


def latency(key):
    def text(run, load, tracer):
        value = run.median(load, tracer, key)
        return f'{value / 1000:.2f} ms' if value >= 1000 else f'{value:.0f} µs'
    return text


COLUMNS = [
    Column('rounds', times),
    Column('requests/s', number('rate')),
    Column('of none', of_none),
    Column('p50', latency('p50')),
    Column('p99', latency('p99')),
    Column('CPU µs (user + system)', cpu),
    Column('least to most', spread),
    Column('machine µs', number('machine_us', '{:.1f}')),
    Column('traced', share),
    Column('lost', lost),
    Column('peak RSS MB', number('rss_mb')),
    Column('collector µs', number('collector_us', '{:.1f}')),
]


def cells(run, load):
    rows = [['tracer'] + [column.title for column in COLUMNS]]
    rows += [[name] + [column.text(run, load, name) for column in COLUMNS]
             for name in run.names(load)]
    # A column that nobody has anything to say in is left out.
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    return [[row[i] for i in kept] for row in rows]


def remarks(run, load):
    """What else a reader has to know of a load's figures."""
    for name in run.names(load):
        errors = run.median(load, name, 'errors')
        if errors:
            yield f'{name}: {errors:,.0f} failed requests'
        if not all(row.get('caught_up', True) for row in run.rows[load][name]):
            yield f'{name} had not caught up when its time was over'
        said = [row['remark'] for row in run.rows[load][name] if row.get('remark')]
        if said:
            yield f'{name} counted {said[-1]}'


def text(run):
    parts = []
    for load in run.rows:
        rows = cells(run, load)
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ['  '.join(cell.rjust(width) if i else cell.ljust(width)
                           for i, (cell, width) in enumerate(zip(row, widths))) for row in rows]
        parts.append('\n'.join(['', f'{load}: {LOADS[load].title}', *lines, *remarks(run, load)]))
    return '\n'.join(parts)


def markdown(run):
    about = run.about
    yield f'Medians of rounds of {about["seconds"]} s each, by'
    yield ''
    for command in about['commands']:
        yield '    ' + command
    yield ''
    yield 'on ' + '; '.join(about['machine']) + '.'
    if about['absent']:
        yield 'Absent: ' + '; '.join(about['absent']) + '.'
    yield ''
    yield '![CPU of each tracer for a request, a chart for each load](benchmarks.svg)'
    yield NOTES
    for load in run.rows:
        yield f'\n**{load}**: {LOADS[load].title}\n'
        head, *rows = cells(run, load)
        yield '| ' + ' | '.join(head) + ' |'
        yield '| --- |' + ' ---: |' * (len(head) - 1)
        for row in rows:
            yield '| ' + ' | '.join(row) + ' |'
        remarked = list(remarks(run, load))
        if remarked:
            yield '\n' + '; '.join(remarked) + '.'


class Page:
    """benchmarks.md in a folder: the part between two marks is the measurements'."""

    def __init__(self, folder):
        self.page = os.path.join(folder, 'benchmarks.md')
        self.picture = os.path.join(folder, 'benchmarks.svg')
        with open(self.page) as page:
            content = page.read()
        if BEGIN not in content or END not in content:
            raise SystemExit(f'bench: {self.page} has no lines "{BEGIN}" and "{END}"')
        self.before, rest = content.split(BEGIN)
        self.after = rest.split(END)[1]

    def write(self, run):
        with open(self.page, 'w') as page:
            page.write('\n'.join([self.before + BEGIN, *markdown(run), END + self.after]))
        with open(self.picture, 'w') as out:
            out.write(picture.svg(run))
