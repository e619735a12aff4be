# SPDX-License-Identifier: Apache-2.0
"""The agent as ./run starts it."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def command(purpose):
    """JVM, its options and the jar, for "live" or "replay"; builds what is stale."""
    script = (f'source {ROOT}/bin/setup.sh && prepare_agent {purpose} '
              '&& printf "%s\\n" "${java[@]}"')
    return subprocess.run(['bash', '-c', script], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.splitlines()
