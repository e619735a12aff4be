# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of a process with all its threads and children, and of the machine."""
import collections
import contextlib
import os
import re
import time

TICKS = os.sysconf('SC_CLK_TCK')

# Seconds; user and system are of ticks, only good for the ratio between the two.
Cpu = collections.namedtuple('Cpu', 'total user system')


def family(pid):
    """A process and what it has started: tshark, for one, captures in a child."""
    children = collections.defaultdict(list)
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            fields = _stat(entry)
            if fields:
                children[int(fields[1])].append(int(entry))
    found = [pid]
    for parent in found:
        found += children[parent]
    return found


def cpu(pid):
    """CPU that a family has used so far, that of threads and children that ended included."""
    total = user = system = 0
    for member in family(pid):
        fields = _stat(member)
        if not fields:
            continue
        ended = (int(fields[13]) + int(fields[14])) / TICKS
        try:
            # The process clock, to the nanosecond: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
            total += time.clock_gettime(~member << 3 | 2) + ended
        except OSError:
            continue
        user += (int(fields[11]) + int(fields[13])) / TICKS
        system += (int(fields[12]) + int(fields[14])) / TICKS
    return Cpu(total, user, system)


def threads(pid):
    """CPU nanoseconds of all threads of a process that have the same name, by name (proc(5))."""
    nanos = collections.Counter()
    for thread in os.listdir(f'/proc/{pid}/task'):
        task = f'/proc/{pid}/task/{thread}/'
        with contextlib.suppress(OSError), open(task + 'comm') as comm, \
                open(task + 'schedstat') as schedstat:
            nanos[comm.read().strip()] += int(schedstat.read().split()[0])
    return nanos


def between(before, after):
    """CPU used between two readings: the exact total, split in the ratio of the ticks."""
    total = after.total - before.total
    user, system = after.user - before.user, after.system - before.system
    share = user / (user + system) if user + system else 1
    return Cpu(total, total * share, total * (1 - share))


def machine_busy():
    """CPU seconds that all CPUs together were busy."""
    with open('/proc/stat') as stat:
        user, nice, system, _, _, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def forget_peak(pid):
    """Makes peak_rss_mb count from now on."""
    for member in family(pid):
        with open(f'/proc/{member}/clear_refs', 'w') as out:
            out.write('5')


def peak_rss_mb(pid):
    total = 0
    for member in family(pid):
        try:
            with open(f'/proc/{member}/status') as status:
                total += int(re.search(r'VmHWM:\s+(\d+)', status.read()).group(1))
        except (OSError, AttributeError):  # gone, or a zombie
            continue
    return total / 1024


def wait_until_quiet(pid, patience):
    """Waits until a family has no work left; False if it is still at it when patience ends."""
    deadline = time.monotonic() + patience
    before = cpu(pid).total
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = cpu(pid).total
        if now - before < 0.025:
            return True
        before = now
    return False


def _stat(pid):
    """The fields behind the command's name, beginning with the state; none if it is gone."""
    try:
        with open(f'/proc/{pid}/stat') as stat:
            return stat.read().rsplit(')', 1)[1].split()
    except OSError:
        return None
