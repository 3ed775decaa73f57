"""The load generator: `wrk`, one thread, so that the server keeps most of the machine."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import processes

SCRIPTS = Path(__file__).resolve().parent.parent / "wrk"
CONNECTIONS = 64


@dataclass
class Load:
    """What a run saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    socket_errors: int
    timeouts: int
    processor_seconds: float
    # Of the script that signs in by code: whole sign-ins, and answers that are no part of one.
    flows: int = 0
    strayed: int = 0

    @property
    def rate(self):
        """Answers a second."""
        return self.requests / self.seconds

    @property
    def flow_rate(self):
        """Whole sign-ins a second."""
        return self.flows / self.seconds

    @property
    def microseconds_a_flow(self):
        """Processor time of the server for one whole sign-in."""
        return self.processor_seconds / self.flows * 1e6

    @property
    def errors(self):
        """Answers other than 2xx and 3xx, or that are no part of what is measured, broken connections, and answers that
        did not come."""
        return self.refused + self.strayed + self.socket_errors + self.timeouts

    @property
    def microseconds_each(self):
        """Processor time of the server for one answer."""
        return self.processor_seconds / self.requests * 1e6


def start(url, script, arguments, seconds, connections=CONNECTIONS):
    """Starts a run that goes on beside others."""
    return subprocess.Popen(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "30s",
            "-s",
            SCRIPTS / script,
            url,
            "--",
            *map(str, arguments),
        ],
        env={**os.environ, "LUA_PATH": f"{SCRIPTS}/?.lua;;"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(run, processor_seconds=0.0):
    """Waits for the end of a run."""
    output, _ = run.communicate()
    for line in output.splitlines():
        if line.startswith("REPORT "):
            return Load(**json.loads(line[len("REPORT ") :]), processor_seconds=processor_seconds)
    raise RuntimeError("wrk gave no report:\n" + output)


def drive(server, path, script, arguments, seconds, connections=CONNECTIONS):
    """One run against a server, and the processor time that the server took in it."""
    before = processes.processor_seconds(server.pid)
    run = start(server.url(path), script, arguments, seconds, connections)
    run.wait()
    return finish(run, processes.processor_seconds(server.pid) - before)
