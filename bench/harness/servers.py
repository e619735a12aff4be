# SPDX-License-Identifier: Apache-2.0
"""What the loads talk to, and what spans are sent to."""
import glob
import os
import re
import shutil
import signal
import subprocess
import time

from . import usage
from .network import SERVER_ADDRESS

HTTP_PORT, HTTP2_PORT, STATUS_PORT, OTLP_PORT = 8080, 8081, 8082, 4318
ANSWER = 'hello\n'
START_SECONDS = 20

NGINX = '''
daemon off; worker_processes 1; worker_rlimit_nofile {files}; pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections {files}; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  server {{
    listen {address}:{http} backlog=8192;
    listen {address}:{http2} http2;
    root {home}/html;
    location = / {{ return 200 "{answer}"; }}
  }}
  server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
'''

COLLECTOR = '''
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
exporters: {debug: {verbosity: basic, sampling_initial: 1, sampling_thereafter: 1}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
    metrics: {receivers: [otlp], exporters: [debug]}
  # By itself the log leaves most lines out when there are many.
  telemetry: {metrics: {level: none}, logs: {sampling: {enabled: false}}}
'''


class Server:
    """A process in the server's namespace."""

    def __init__(self, network, directory):
        self.network, self.directory, self.process = network, directory, None

    def launch(self, command, port):
        self.log = os.path.join(self.directory, type(self).__name__.lower() + '.log')
        with open(self.log, 'wb') as log:
            self.process = self.network.popen(self.network.server, command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.network.get(port, '/'):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                with open(self.log) as log:
                    raise SystemExit(f'bench: {command[0]} did not start: {log.read()}')
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()


class Nginx(Server):
    """One worker that answers 200 to /, /10k and /1m, by HTTP/1.1 and by HTTP/2."""

    def __init__(self, network, directory, files):
        super().__init__(network, directory)
        self.files, self.asked = files, 0

    def __enter__(self):
        html = os.path.join(self.directory, 'html')
        os.mkdir(html)
        os.chmod(self.directory, 0o755)
        for name, size in (('10k', 10 << 10), ('1m', 1 << 20)):
            with open(os.path.join(html, name), 'wb') as body:
                body.write(b'x' * size)
        configuration = os.path.join(self.directory, 'nginx.conf')
        with open(configuration, 'w') as out:
            out.write(NGINX.format(files=self.files, home=self.directory, address=SERVER_ADDRESS,
                                   http=HTTP_PORT, http2=HTTP2_PORT, status=STATUS_PORT,
                                   answer=ANSWER.replace('\n', '\\n')))
        return self.launch(['nginx', '-c', configuration], STATUS_PORT)

    def served(self):
        """Requests that nginx has read so far: wrk leaves out those it gives up when time is up."""
        self.asked += 1
        counts = re.search(r'\n (\d+) (\d+) (\d+)', self.network.get(STATUS_PORT, '/'))
        return int(counts.group(3)) - self.asked


class Collector(Server):
    """An OpenTelemetry Collector that counts the spans it is sent, and drops them."""

    def __enter__(self):
        configuration = os.path.join(self.directory, 'collector.yaml')
        with open(configuration, 'w') as out:
            out.write(COLLECTOR % OTLP_PORT)
        self.launch([collector_binary(), '--config', configuration], OTLP_PORT)
        self.read_to, self.counted = 0, 0
        return self

    def spans(self):
        """Spans received so far, of its log: one line a batch."""
        with open(self.log, errors='replace') as log:
            log.seek(self.read_to)
            while (line := log.readline()).endswith('\n'):
                self.read_to = log.tell()
                batch = re.search(r'"spans": (\d+)', line)
                self.counted += int(batch.group(1)) if batch else 0
        return self.counted

    def cpu(self):
        return usage.cpu(self.process.pid)


def collector_binary(build=False):
    """OTELCOL, else what ./test built, else built likewise if there is a Go; or None."""
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'),
                         'wirespan')
    built = sorted(glob.glob(os.path.join(cache, 'otelcol-*')), key=os.path.getmtime)
    if os.environ.get('OTELCOL') or built:
        return os.environ.get('OTELCOL') or built[-1]
    go = shutil.which('go', path=os.environ.get('PATH', '') + ':/usr/local/go/bin')
    if not build or not go:
        return None
    module = os.path.join(os.path.dirname(__file__), '..', '..', 'src', 'test', 'collector')
    made = os.path.join(cache, 'otelcol-bench')
    os.makedirs(cache, exist_ok=True)
    result = subprocess.run([go, 'build', '-trimpath', '-ldflags=-s -w', '-o', made, '.'],
                            cwd=module, env={**os.environ, 'GOFLAGS': '-mod=mod',
                                             'CGO_ENABLED': '0'})
    return made if result.returncode == 0 else None
