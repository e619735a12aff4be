# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces joined by a veth pair, and how to start things in them."""
import contextlib
import ctypes
import http.client
import os
import subprocess

CLONE_NEWNET = 0x40000000
CLIENT_ADDRESS, SERVER_ADDRESS = '10.78.0.2', '10.78.0.1'
# The end of the veth pair that the tracers watch, in the server's namespace.
WATCHED = 'srv'

_libc = ctypes.CDLL(None, use_errno=True)


def run(*command, **options):
    """Standard output and error of a command that has to succeed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **options).stdout


class Network:
    """Namespaces wbc-PID (client) and wbs-PID (server)."""

    def __init__(self):
        suffix = str(os.getpid())
        self.client, self.server = 'wbc-' + suffix, 'wbs-' + suffix

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        for namespace in (self.client, self.server):
            run('ip', 'netns', 'add', namespace)
            run('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
        run('ip', 'link', 'add', 'cli', 'netns', self.client, 'type', 'veth',
            'peer', 'name', WATCHED, 'netns', self.server)
        for namespace, name, address in ((self.client, 'cli', CLIENT_ADDRESS),
                                         (self.server, WATCHED, SERVER_ADDRESS)):
            run('ip', '-n', namespace, 'addr', 'add', address + '/24', 'dev', name)
            run('ip', '-n', namespace, 'link', 'set', name, 'up')
        # Connection per request: ports enough, and those of the round before can be had again.
        with self.inside(self.client):
            _sysctl('net/ipv4/ip_local_port_range', '1025 65000')
            _sysctl('net/ipv4/tcp_tw_reuse', '1')
        with self.inside(self.server):
            _sysctl('net/core/somaxconn', '16384')

    def __exit__(self, *_):
        for namespace in (self.client, self.server):
            subprocess.run(['ip', 'netns', 'del', namespace], stderr=subprocess.DEVNULL)

    def popen(self, namespace, command, **options):
        """A process in a namespace; its id is that of the command: ip only sets the stage."""
        return subprocess.Popen(['ip', 'netns', 'exec', namespace] + command, **options)

    @contextlib.contextmanager
    def inside(self, namespace):
        """This thread in a namespace: a socket that it opens there stays there."""
        with open('/proc/thread-self/ns/net') as home, \
                open('/run/netns/' + namespace) as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)

    def get(self, port, path):
        """What a server answers on its namespace's loopback, which no tracer watches; or empty."""
        with self.inside(self.server):
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
            try:
                connection.request('GET', path)
                return connection.getresponse().read().decode()
            except OSError:
                return ''
            finally:
                connection.close()


def _enter(namespace):
    if _libc.setns(namespace.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')


def _sysctl(name, value):
    with open('/proc/sys/' + name, 'w') as out:
        out.write(value)
