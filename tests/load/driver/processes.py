"""Programs under measurement: how they are started, asked, watched and stopped."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """A port of the loopback that nobody listens on at present."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def processor_seconds(pid):
    """The processor time that a process has taken so far, in user and in kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def scheduled_seconds(pid):
    """The same of the threads that there are, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_mib(pid):
    """The resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not tell VmRSS")


class Server:
    """A running Portcullis. Settings that are not given have their defaults; none comes from the environment."""

    def __init__(self, program, folder, **settings):
        self.port = free_port()
        self.log = Path(folder) / "server.log"
        environment = {
            "PATH": os.environ["PATH"],
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(folder),
            "RATE_LIMIT": "off",
            **settings,
        }
        self.line = {"args": [program], "cwd": folder, "env": environment}
        with self.log.open("ab") as log:
            started = time.monotonic()
            self.process = subprocess.Popen(**self.line, stdout=log, stderr=log)
        self.pid = self.process.pid
        try:
            self.seconds_to_first_answer = self._wait_for_an_answer(started)
        except Exception:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(35)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def url(self, path):
        """The address of a call."""
        return f"http://127.0.0.1:{self.port}{path}"

    def run(self, *arguments):
        """The answer of a command beside the server, which prints JSON."""
        line = {**self.line, "args": self.line["args"] + list(arguments)}
        return json.loads(subprocess.run(**line, check=True, stdout=subprocess.PIPE).stdout)

    def post(self, path, body):
        """The answer to a call that must succeed; `None` where it has no body."""
        request = urllib.request.Request(
            self.url(path), json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _wait_for_an_answer(self, started):
        question = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        while time.monotonic() - started < 30:
            if self.process.poll() is not None:
                raise RuntimeError("Portcullis did not start:\n" + self.log.read_text()[-2000:])
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    connection.sendall(question)
                    if connection.recv(64).startswith(b"HTTP/1.1 200"):
                        return time.monotonic() - started
            except ConnectionError:
                pass
            # Often enough to see a start of milliseconds, rarely enough to leave it the processor.
            time.sleep(0.001)
        raise RuntimeError("Portcullis did not answer within 30 s:\n" + self.log.read_text()[-2000:])


class Peer:
    """node-oidc-provider, with the settings in a file."""

    def __init__(self, program, settings):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["node", program, str(self.port), settings],
            env={**os.environ, "NODE_ENV": "production"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = self.process.pid
        # It says where it listens as soon as it does.
        if not any(line.startswith("http:") for line in self.process.stdout):
            raise RuntimeError("node-oidc-provider did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def url(self, path):
        """The address of a call."""
        return f"http://127.0.0.1:{self.port}{path}"


class BareHttp:
    """The bare handlers, serving on a new file."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, str(Path(folder) / "bare-http.db")], stdout=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline())
        self.token = self.process.stdout.readline().strip()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def url(self, path):
        """The address of a call."""
        return f"http://127.0.0.1:{self.port}{path}"
