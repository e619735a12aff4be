# SPDX-License-Identifier: Apache-2.0
"""Figures as they are to be read."""


def percent(value):
    """Never rounded up to all. A tracer may see a few more requests than the server read."""
    return '100 %' if value >= 1 else f'{int(value * 1e5) / 1e3:.3g} %'


def significant(value):
    return f'{value:.2f}' if value < 10 else f'{value:.1f}' if value < 100 else f'{value:,.0f}'
