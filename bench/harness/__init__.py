# SPDX-License-Identifier: Apache-2.0
"""What bench/live.py is made of: network and servers, loads, tracers, measuring, the report."""
