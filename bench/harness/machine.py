# SPDX-License-Identifier: Apache-2.0
"""What a reader has to know of the machine and of the programs."""
import os
import platform
import re
import shutil
import subprocess

SETUP = os.path.join(os.path.dirname(__file__), '..', '..', 'bin', 'setup.sh')
VERSIONS = {
    'Java': ['bash', '-c', f'source {SETUP} && find_java java && "$java_home/bin/java" -version'],
    'nginx': ['nginx', '-v'],
    'wrk': ['wrk', '-v'],
    'h2load': ['h2load', '--version'],
    'tcpdump': ['tcpdump', '--version'],
    'httpry': ['httpry', '-h'],
    'tshark': ['tshark', '--version'],
    'packetd': ['packetd', 'version'],
}


def description():
    """Lines: the processor, the kernel, the programs with their versions."""
    with open('/proc/cpuinfo') as info:
        model = re.search(r'^model name\s*:\s*(.*)$', info.read(), re.MULTILINE)
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 30
    programs = [f'{name} {version}' for name, command in VERSIONS.items()
                if (version := version_of(command))]
    return [f'{os.cpu_count()} CPUs ({model.group(1) if model else platform.machine()}), '
            f'{memory + 1} GB, Linux {platform.release().split("-")[0]}', ', '.join(programs)]


def version_of(command):
    """The first thing that looks like a version in what the program says of itself; or empty."""
    if not shutil.which(command[0]):
        return ''
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors='replace').stdout
    found = re.search(r'\d+\.\d+[\w.]*', said)
    return found.group() if found else 'of unknown version'
