# SPDX-License-Identifier: Apache-2.0
"""The picture: for each load a chart of bars, a tracer each, in an SVG for light and dark pages."""
from html import escape

from .loads import LOADS
from .text import significant

WIDTH, COLUMNS, MARGIN = 960, 2, 12
CHART = (WIDTH - (COLUMNS + 1) * MARGIN) / COLUMNS
ROW, BAR, HEAD = 19, 12, 44
NAME_WIDTH, VALUE_WIDTH = 98, 170

STYLE = '''
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 13px }
.minor { fill: #59636e }
.user { fill: #0969da } .system { fill: #54aeff } .other { fill: #818b98 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .minor { fill: #9198a1 }
  .user { fill: #4493f8 } .system { fill: #a5d6ff } .other { fill: #656c76 }
}'''


def svg(run):
    """CPU a request, user and system, with the share traced; of none the requests/s."""
    loads = list(run.rows)
    heights = [HEAD + ROW * len(run.names(load)) for load in loads]
    rows = [slice(i, i + COLUMNS) for i in range(0, len(loads), COLUMNS)]
    top, parts = 30, [legend()]
    for row in rows:
        for i, load in enumerate(loads[row]):
            parts.append(f'<g transform="translate({MARGIN + i * (CHART + MARGIN):.0f} {top})">'
                         + chart(run, load) + '</g>')
        top += max(heights[row])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
            f'height="{top}" role="img" aria-label="CPU of each tracer for a request">'
            f'<style>{STYLE}</style>' + '\n'.join(parts) + '</svg>\n')


def legend():
    return (f'<text class="title" x="{MARGIN}" y="18">CPU µs a request</text>'
            '<rect class="user" x="190" y="8" width="12" height="12"/>'
            '<text x="207" y="18">user</text>'
            '<rect class="system" x="245" y="8" width="12" height="12"/>'
            '<text x="262" y="18">system</text><text class="minor" x="325" y="18">'
            'behind the bar: requests/s of those without a tracer, and the share traced</text>')


def chart(run, load):
    costs = {name: run.cpu(load, name) for name in run.names(load) if name != 'none'}
    longest = max((sum(cost) for cost in costs.values() if cost), default=0) or 1
    none = run.median(load, 'none', 'rate')
    parts = [f'<text class="title" y="14">{escape(load)}</text>'
             f'<text class="minor" y="30">{escape(LOADS[load].title)}'
             + (f': {none:,.0f}/s' if none else '') + '</text>']
    for i, (name, cost) in enumerate(costs.items()):
        parts.append(f'<g transform="translate(0 {HEAD + ROW * i})">'
                     + bar(name, cost, longest, notes(run, load, name, none)) + '</g>')
    return ''.join(parts)


def bar(name, cost, longest, note):
    scale = (CHART - NAME_WIDTH - VALUE_WIDTH) / longest
    x, parts = NAME_WIDTH, [f'<text x="{NAME_WIDTH - 6}" y="{BAR - 2}" text-anchor="end">'
                            f'{escape(name)}</text>']
    for part, kind in zip(cost or (), ('user', 'system') if name.startswith('agent') else
                          ('other', 'other')):
        opacity = ' opacity="0.6"' if parts[1:] and kind == 'other' else ''
        parts.append(f'<rect class="{kind}" x="{x:.1f}" width="{part * scale:.1f}" '
                     f'height="{BAR}"{opacity}/>')
        x += part * scale
    value = significant(sum(cost)) if cost else 'no figure'
    parts.append(f'<text x="{x + 5:.1f}" y="{BAR - 2}">{value} '
                 f'<tspan class="minor">{escape(note)}</tspan></text>')
    return ''.join(parts)


def notes(run, load, name, none):
    rate, share = run.median(load, name, 'rate'), run.median(load, name, 'share')
    said = [f'{100 * rate / none:.0f} %' if none else '',
            f'{min(100, int(100 * share))} % traced' if share is not None else '']
    return ', '.join(filter(None, said))
