"""More than the machine can do: what becomes of those who ask for what is cheap. And what it costs to be watched."""

import asyncio
import json
import os
import resource
import socket
import statistics
import threading
import time
import urllib.request

from . import wrk
from .measurements import LOGIN_USERS, PASSWORD, latencies, log_in, register
from .open_loop import Answers, get, keep_asking, percentile, post
from .processes import free_port, resident_mib, scheduled_seconds

IDLE = 2_000
PAIRS = 6
# Seconds in which nobody calls.
REST = 60


def storm(run):
    """Logins at twice the rate that the cores can check, long enough to fill the queue."""
    with run.portcullis(run.new_folder(), LOG_FORMAT="json", LOG_LEVEL="info") as server:
        for number in range(LOGIN_USERS):
            register(server, f"login-{number}@example.org")
        token = log_in(server, "login-0@example.org")["access_token"]
        capacity = logins_per_second(server)
        # A queue takes in what is beyond the capacity: 256 for each core.
        seconds = max(4 * run.seconds, 1.5 * 256 * os.cpu_count() / capacity + run.seconds)
        requests = [
            post("/auth/login", {"email": f"login-{number}@example.org", "password": PASSWORD})
            for number in range(LOGIN_USERS)
        ]
        logins, health, memory = Answers(), Answers(), []

        async def all_at_once():
            probing = keep_asking(server.port, [get("/health/live"), get("/health/ready")], 20, seconds, health)
            await asyncio.gather(
                keep_asking(server.port, requests, 2 * capacity, seconds, logins),
                probing,
                watch(server.pid, seconds, memory),
            )

        reads = wrk.start(server.url("/users/me"), "get.lua", [token], int(seconds), 8)
        asyncio.run(all_at_once())
        load = wrk.finish(reads)
        run.errors += load.errors + health.others(200) + logins.others(200, 503)
        name = f"a storm of {2 * capacity:.0f} logins/s, twice the capacity"
        report = run.report
        report.at_most(f"{name}: `GET /users/me` meanwhile, 8 connections: p99", load.p99_ms, "ms", 50)
        report.tell(f"{name}: `GET /users/me`: p50, p99, max", latencies(load), f"{load.rate:,.0f} reads/s")
        report.at_most(f"{name}: health checks: p99", percentile(health.of(200), 0.99), "ms", 100)
        report.at_most(f"{name}: resident memory, most", max(memory), "MiB", 300)
        refused = logins.of(503)
        report.tell(f"{name}: logins that got in, refused", f"{logins.count(200):,}, {len(refused):,}", f"{seconds:.0f} s")
        report.at_most(f"{name}: the slowest refusal", refused[-1] if refused else float("nan"), "ms", 1000, 0)


def idle(run):
    """A client beside two thousand who hold connections and ask nothing."""
    allow_files(2 * IDLE)
    with run.portcullis(run.new_folder(), BCRYPT_COST="4") as server:
        register(server, "ada@example.org")
        token = log_in(server, "ada@example.org")["access_token"]
        before = run.drive(server, "/users/me", "get.lua", [token], connections=1)
        connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(IDLE)]
        for connection in connections:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for connection in connections:
            connection.recv(1024)
        load = run.drive(server, "/users/me", "get.lua", [token], connections=1)
        name = f"`GET /users/me`, 1 connection, beside {IDLE:,} idle ones"
        run.report.at_most(f"{name}: p99", load.p99_ms, "ms", 20)
        run.report.tell(f"{name}: p50, p99, max", latencies(load), f"without them: {latencies(before)}")
        run.report.at_most(f"{name}: resident memory", resident_mib(server.pid), "MiB", 300)
        for connection in connections:
            connection.close()


def fair(run):
    """Logins alone, and beside readers that never pause."""
    with run.portcullis(run.new_folder(), LOG_FORMAT="json") as server:
        for number in range(LOGIN_USERS):
            register(server, f"login-{number}@example.org")
        token = log_in(server, "login-0@example.org")["access_token"]
        # It has chosen how many passwords it hashes side by side.
        logins_per_second(server)
        arguments = server.url("/auth/login"), "log_in.lua", [PASSWORD, LOGIN_USERS], max(20, 3 * run.seconds), 8
        alone = wrk.finish(wrk.start(*arguments))
        logins = wrk.start(*arguments)
        time.sleep(1)
        reads = run.drive(server, "/users/me", "get.lua", [token], arguments[3] - 2, connections=4)
        beside = wrk.finish(logins)
    run.errors += alone.errors + beside.errors
    name = "logins of 8 clients beside four readers that never pause"
    run.report.compare(name, beside.rate, "alone", alone.rate, 0.5)
    run.report.at_most(f"{name}: `GET /users/me` meanwhile: p99", reads.p99_ms, "ms", 10)
    run.report.tell(f"{name}: reads", f"{reads.rate:,.0f}/s", f"p50, p99, max: {latencies(reads)}")


def rest(run):
    """What a server takes that nobody calls."""
    with run.portcullis(run.new_folder()) as server:
        # After the start it measures how fast it hashes.
        time.sleep(15)
        before = scheduled_seconds(server.pid)
        time.sleep(REST)
        taken = scheduled_seconds(server.pid) - before
    run.report.at_most("processor time while nobody calls, SQLite", 100 * taken / REST, "% of a core", 0.2, 2)


def observed(run):
    """The shortest call with metrics and without, in turn. Somebody reads the figures once a second."""
    folder = run.new_folder()
    metrics = free_port()
    with run.portcullis(folder, BCRYPT_COST="4") as plain, run.portcullis(
        run.new_folder(), BCRYPT_COST="4", METRICS_ADDRESS=f"127.0.0.1:{metrics}"
    ) as counting:
        tokens = {}
        for server in (plain, counting):
            register(server, "ada@example.org")
            tokens[server] = log_in(server, "ada@example.org")["access_token"]
        rates = {plain: [], counting: []}
        costs = {plain: [], counting: []}
        for number in range(PAIRS):
            # Who is first changes, so that what the machine does meanwhile falls on both.
            for server in (plain, counting) if number % 2 else (counting, plain):
                with Reader(metrics):
                    load = run.drive(server, "/auth/verify", "get.lua", [tokens[server]])
                rates[server].append(load.rate)
                costs[server].append(load.microseconds_each)
        ratios = [on / off for on, off in zip(rates[counting], rates[plain])]
        on, off = (statistics.median(rates[server]) for server in (counting, plain))
        name = "`GET /auth/verify`, 64 connections, with metrics"
        run.report.compare(name, off * statistics.median(ratios), "without", off, 0.95)
        run.report.tell(
            f"{name}: processor time each",
            f"{statistics.median(costs[counting]):.2f} µs",
            f"without: {statistics.median(costs[plain]):.2f} µs; medians {on:,.0f}/s and {off:,.0f}/s",
            "pairs: " + ", ".join(f"{ratio:.1%}" for ratio in ratios),
        )


class Reader:
    """Reads the figures once a second, as long as it is entered."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/metrics"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._read)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _read(self):
        while not self.over.wait(1):
            with urllib.request.urlopen(self.url, timeout=30) as answer:
                answer.read()


async def watch(pid, seconds, memory):
    """Notes the memory of a process five times a second."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        memory.append(resident_mib(pid))
        await asyncio.sleep(0.2)


def logins_per_second(server):
    """What the server says of itself a second after its start."""
    began = time.monotonic()
    while time.monotonic() - began < 30:
        for line in server.log.read_text().splitlines():
            if '"logins_per_second"' in line:
                return json.loads(line)["logins_per_second"]
        time.sleep(0.1)
    raise RuntimeError("the server does not say how fast it hashes")


def allow_files(count):
    """Lets this process hold so many connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most if most != resource.RLIM_INFINITY else count, most))
