"""What is measured, each figure beside its limit."""

import http.client
import json
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from . import wrk
from .processes import BareHttp, Server, resident_mib

PASSWORD = "correct horse battery staple"
LOGIN_USERS = 16
SESSIONS = 256
# More than the server remembers, so that each has to be checked anew.
DISTINCT_TOKENS = 50_000
STARTS = 7


class Measurements:
    """One run: where its programs are, where it writes, how long each measurement takes, what came of it, what stands
    in the environment of both Portcullis and the bare programs, and an earlier Portcullis to compare logins with."""

    def __init__(self, programs, folder, seconds, report, environment, earlier=None):
        self.programs = Path(programs)
        self.folder = Path(folder)
        self.seconds = seconds
        self.report = report
        self.environment = environment
        self.earlier = earlier
        self.errors = 0

    def new_folder(self):
        """An empty folder inside the run's own."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def portcullis(self, folder, program=None, **settings):
        """Starts the release binary, or another one, on a folder."""
        return Server(str(program or self.programs / "portcullis"), folder, **self.environment, **settings)

    def bare(self, program, *arguments):
        """The number that a bare program prints."""
        output = subprocess.run(
            [self.programs / program, *map(str, arguments)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment},
        )
        return float(output.stdout)

    def drive(self, server, path, script, arguments, seconds=None, connections=wrk.CONNECTIONS):
        """One run against Portcullis; what failed in it is counted."""
        load = wrk.drive(server, path, script, arguments, seconds or self.seconds, connections)
        self.errors += load.errors
        return load

    def start_and_size(self):
        """Time to the first answer, and memory when idle."""
        fresh, existing, resident = [], [], []
        for _ in range(STARTS):
            folder = self.new_folder()
            with self.portcullis(folder) as server:
                fresh.append(server.seconds_to_first_answer * 1e3)
            with self.portcullis(folder) as server:
                existing.append(server.seconds_to_first_answer * 1e3)
                # Pools and worker threads come up after the first answer.
                time.sleep(0.5)
                resident.append(resident_mib(server.pid))
        self.report.at_most("first answer after exec, fresh folder", statistics.median(fresh), "ms", 100)
        self.report.at_most("first answer after exec, existing folder", statistics.median(existing), "ms", 100)
        self.report.at_most("resident when idle", statistics.median(resident), "MiB", 30)
        self.report.note(
            f"Starts: the median of {STARTS}; slowest {max(fresh + existing):.1f} ms. 20 MiB is the stretch."
        )

    def logins(self):
        """Logins beside bare verifications and an earlier version, and reads while eight clients log in."""
        with ExitStack() as servers:
            server = servers.enter_context(self.portcullis(self.new_folder()))
            earlier = self.earlier and servers.enter_context(self.portcullis(self.new_folder(), self.earlier))
            for number in range(LOGIN_USERS):
                for each in filter(None, (server, earlier)):
                    register(each, f"login-{number}@example.org")
            for connections in (1, 8, wrk.CONNECTIONS):
                # Bare, this version, the earlier one, bare: what else the machine does falls on all of them.
                before = self.bare("bare_bcrypt", self.seconds)
                load = self._log_in(server, connections)
                earlier_load = earlier and self._log_in(earlier, connections)
                after = self.bare("bare_bcrypt", self.seconds)
                self._tell_logins(connections, load, earlier_load, (before + after) / 2)
            self._reads_beside_logins(server)

    def _log_in(self, server, connections):
        # Whole logins are counted, and few fit into a second: the longer, the less the cut at the end weighs.
        seconds = max(20, 3 * self.seconds)
        return self.drive(server, "/auth/login", "log_in.lua", [PASSWORD, LOGIN_USERS], seconds, connections)

    def _tell_logins(self, connections, load, earlier, limit):
        name = f"logins at cost 12, {connections} connections"
        limit_name = "the crate `bcrypt` on all cores"
        if connections == wrk.CONNECTIONS:
            self.report.compare(name, load.rate, limit_name, limit, 2.6)
        else:
            self.report.tell(name, f"{load.rate:,.1f}/s", f"{limit_name}: {limit:,.1f}/s", f"{load.rate / limit:.0%}")
        if not earlier:
            self.report.tell(f"{name}: p50, p99, max", latencies(load))
            return
        self.report.tell(f"{name}: p50, p99, max", latencies(load), f"the earlier version: {latencies(earlier)}")
        aim = {1: 0.97, 8: 2}.get(connections)
        if aim:
            self.report.compare(f"{name}, beside the earlier version", load.rate, "that one", earlier.rate, aim)
        if connections == 8:
            part = load.p99_ms / earlier.p99_ms
            self.report.at_most(f"{name}: p99 beside that of the earlier version", part, "times", 0.5, 2)

    def _reads_beside_logins(self, server):
        token = log_in(server, "login-0@example.org")["access_token"]
        for connections in (8, wrk.CONNECTIONS):
            logins = wrk.start(server.url("/auth/login"), "log_in.lua", [PASSWORD, LOGIN_USERS], self.seconds + 2, 8)
            # The hashing threads are all at work when the reads begin.
            time.sleep(1)
            load = self.drive(server, "/users/me", "get.lua", [token], connections=connections)
            login_load = wrk.finish(logins)
            self.errors += login_load.errors
            name = f"`GET /users/me`, {connections} connections, while 8 clients log in"
            self.report.at_most(f"{name}: p99", load.p99_ms, "ms", 10)
            self.report.tell(
                f"{name}: p50, max",
                f"{load.p50_ms:.2f} ms, {load.max_ms:.1f} ms",
                f"{load.rate:,.0f} reads/s beside {login_load.rate:.1f} logins/s",
            )

    def reads_and_refreshes_on_sqlite(self):
        """Reads and refreshes beside bare handlers and a bare loop."""
        self.report.note(f"A sync of 4 KiB took {self._sync_microseconds():.0f} µs on this disk, without added delay.")
        folder = self.new_folder()
        with self.portcullis(folder, BCRYPT_COST="4") as server, BareHttp(
            str(self.programs / "bare_http"), folder
        ) as bare:
            tokens = self._seed(server)
            fixed = wrk.drive(bare, "/json", "get.lua", [bare.token], self.seconds)
            row = wrk.drive(bare, "/user", "get.lua", [bare.token], self.seconds)
            load = self.drive(server, "/users/me", "get.lua", [tokens["access_token"]])
            row_again = wrk.drive(bare, "/user", "get.lua", [bare.token], self.seconds)
            limit = (row.rate + row_again.rate) / 2
            self.report.compare(
                "`GET /users/me`, SQLite, 64 connections", load.rate, "bare token check and row", limit, 0.6
            )
            self.report.at_most("`GET /users/me`: processor time each", load.microseconds_each, "µs", 80)
            self._distinct_tokens(server, folder, limit)
            self.report.tell(
                "`GET /users/me`: p50, p99, max",
                latencies(load),
                f"bare JSON answer: {fixed.rate:,.0f}/s, {fixed.microseconds_each:.1f} µs; "
                f"bare token check and row: {row.microseconds_each:.1f} µs",
                f"{load.rate / fixed.rate:.0%} of JSON",
            )
            before = self.bare("bare_rotation", self.new_folder() / "bare.db", self.seconds)
            load = self.drive(server, "/auth/refresh", "refresh.lua", [folder / "tokens"])
            after = self.bare("bare_rotation", self.new_folder() / "bare.db", self.seconds)
            self.report.compare(
                "refreshes, SQLite, 64 connections", load.rate, "bare loop, a commit each", (before + after) / 2, 2
            )
            self._tell_refreshes("SQLite", load)
        with self.portcullis(folder, BCRYPT_COST="4", LOG_LEVEL="warn") as server:
            token = log_in(server, "refresh-0@example.org")["access_token"]
            load = self.drive(server, "/users/me", "get.lua", [token])
            self.report.tell(
                "`GET /users/me` without a log line each (`LOG_LEVEL=warn`)",
                f"{load.rate:,.0f}/s",
                f"{load.microseconds_each:.1f} µs of processor time each",
                f"{load.rate / limit:.0%}",
            )

    def _distinct_tokens(self, server, folder, limit):
        """Reads by tokens of which hardly one is remembered, each of one session of a few."""
        (folder / "access").write_text("".join(token + "\n" for token in self._refreshed(server, folder)))
        load = self.drive(server, "/users/me", "get_in_turn.lua", [folder / "access"])
        self.report.tell(
            f"`GET /users/me` by {DISTINCT_TOKENS:,} distinct tokens in turn",
            f"{load.rate:,.0f}/s",
            f"{load.microseconds_each:.1f} µs of processor time each",
            f"{load.rate / limit:.0%}",
        )

    def _refreshed(self, server, folder):
        """That many access tokens. The file of refresh tokens has those that are unspent afterwards."""
        spent, access = (folder / "tokens").read_text().split(), []
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        for number in range(DISTINCT_TOKENS):
            body = json.dumps({"refresh_token": spent[number % len(spent)]})
            connection.request("POST", "/auth/refresh", body, headers)
            tokens = json.load(connection.getresponse())
            spent[number % len(spent)] = tokens["refresh_token"]
            access.append(tokens["access_token"])
        connection.close()
        (folder / "tokens").write_text("".join(token + "\n" for token in spent))
        return access

    def verifications(self):
        """`GET /auth/verify` beside bare answers, in turn."""
        with BareHttp(str(self.programs / "bare_http"), self.new_folder()) as bare:
            json = wrk.drive(bare, "/json", "get.lua", [bare.token], self.seconds)
            for algorithm, settings in (
                ("HS256", {}),
                ("HS256", {"LOG_LEVEL": "warn"}),
                ("EdDSA", {}),
                ("ES256", {}),
                ("RS256", {}),
            ):
                folder = self.new_folder()
                with self.portcullis(folder, BCRYPT_COST="4", ALGORITHM=algorithm, **settings) as server:
                    register(server, "verify@example.org")
                    token = log_in(server, "verify@example.org")["access_token"]
                    before = wrk.drive(bare, "/empty", "get.lua", [token], self.seconds)
                    load = self.drive(server, "/auth/verify", "get.lua", [token])
                    after = wrk.drive(bare, "/empty", "get.lua", [token], self.seconds)
                self._tell_verifications(algorithm, settings, load, (before.rate + after.rate) / 2, json)

    def _tell_verifications(self, algorithm, settings, load, limit, json):
        name = f"`GET /auth/verify`, {algorithm}, {wrk.CONNECTIONS} connections"
        limit_name = "bare empty answer"
        if algorithm == "HS256" and not settings:
            self.report.compare(name, load.rate, limit_name, limit, 0.8)
            self.report.tell(
                f"{name}: p50, p99, max",
                latencies(load),
                f"{load.microseconds_each:.1f} µs of processor time each; bare JSON answer: {json.rate:,.0f}/s, "
                f"{json.microseconds_each:.1f} µs",
                f"{load.rate / json.rate:.0%} of JSON",
            )
            return
        without_lines = " without a log line each (`LOG_LEVEL=warn`)" if settings else ""
        self.report.tell(
            name + without_lines,
            f"{load.rate:,.1f}/s",
            f"{limit_name}: {limit:,.1f}/s; {load.microseconds_each:.1f} µs of processor time each",
            f"{load.rate / limit:.0%}",
        )

    def revocations_on_another_server(self, postgres):
        """How long a second server on the same database lets a session pass that ended on the first, under load."""
        shared = {
            "BCRYPT_COST": "4",
            "DATABASE_URL": postgres.make_database("revocations"),
            "SECRET_KEY": os.urandom(32).hex(),
        }
        folder = self.new_folder()
        with self.portcullis(folder, **shared) as here, self.portcullis(self.new_folder(), **shared) as there:
            token = self._seed(here)["access_token"]
            seconds = self.seconds + 4
            refreshes = wrk.start(here.url("/auth/refresh"), "refresh.lua", [folder / "tokens"], seconds, 8)
            checks = wrk.start(there.url("/auth/verify"), "get.lua", [token], seconds, 8)
            # The load is there when the first session ends, and until the last one has.
            time.sleep(1)
            ends = time.monotonic() + self.seconds
            register(here, "leaving@example.org")
            milliseconds = []
            while time.monotonic() < ends:
                milliseconds.append(revocation_milliseconds(here, there))
            loads = [wrk.finish(checks), wrk.finish(refreshes)]
        self.errors += sum(load.errors for load in loads)
        milliseconds.sort()
        name = "a logout on one server is known to the other, PostgreSQL, under load"
        self.report.at_most(f"{name}: p50", statistics.median(milliseconds), "ms", 100)
        self.report.tell(
            f"{name}: p99, max",
            f"{milliseconds[int(len(milliseconds) * 0.99)]:.1f}, {milliseconds[-1]:.1f} ms",
            f"{len(milliseconds)} logouts beside {loads[0].rate:,.0f} checks/s and {loads[1].rate:,.0f} refreshes/s",
        )

    def refreshes_on_postgres(self, postgres):
        """Refreshes beside pgbench with the same transaction."""
        bare = "bare"
        postgres.make_database(bare)
        postgres.fill_with_sessions(bare)
        url = postgres.make_database("portcullis")
        folder = self.new_folder()
        with self.portcullis(folder, BCRYPT_COST="4", DATABASE_URL=url, SECRET_KEY=os.urandom(32).hex()) as server:
            self._seed(server)
            load = self.drive(server, "/auth/refresh", "refresh.lua", [folder / "tokens"])
            pool = postgres.connections("portcullis")
        rates = {clients: postgres.pgbench(bare, clients, self.seconds) for clients in sorted({8, 16, 32, pool})}
        best = max(rates, key=rates.get)
        self.report.compare(
            "refreshes, PostgreSQL, 64 connections", load.rate, f"pgbench, best ({best} clients)", rates[best], 0.7
        )
        self._tell_refreshes("PostgreSQL", load)
        self.report.note(
            "pgbench: "
            + ", ".join(f"{clients} clients {rate:,.0f}/s" for clients, rate in rates.items())
            + f"; Portcullis held {pool} connections. Its TLS was off."
        )

    def _sync_microseconds(self):
        rounds = 500
        with (self.folder / "sync").open("wb", buffering=0) as file:
            started = time.monotonic()
            for _ in range(rounds):
                file.write(bytes(4096))
                os.fsync(file.fileno())
            return (time.monotonic() - started) / rounds * 1e6

    def _tell_refreshes(self, database, load):
        self.report.tell(
            f"refreshes, {database}: p50, p99, max",
            latencies(load),
            f"{load.microseconds_each:.1f} µs of processor time each",
        )

    def _seed(self, server):
        """Signs in often enough that 64 connections never lack a live token; the last answer."""
        for number in range(LOGIN_USERS):
            register(server, f"refresh-{number}@example.org")
        tokens = [log_in(server, f"refresh-{number % LOGIN_USERS}@example.org") for number in range(SESSIONS)]
        (server.log.parent / "tokens").write_text("".join(each["refresh_token"] + "\n" for each in tokens))
        return tokens[-1]


def latencies(load):
    """How long answers took: the median, one of a hundred, the slowest."""
    return f"{load.p50_ms:.2f}, {load.p99_ms:.2f}, {load.max_ms:.1f} ms"


def revocation_milliseconds(here, there):
    """The time from the answer to a logout on one server to the first refusal of the other."""
    tokens = log_in(here, "leaving@example.org")
    connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=30)

    def status():
        connection.request("GET", "/auth/verify", headers={"Authorization": "Bearer " + tokens["access_token"]})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    if status() != 204:
        raise RuntimeError("the second server does not accept the session")
    here.post("/auth/logout", {"refresh_token": tokens["refresh_token"]})
    ended = time.monotonic()
    while status() != 401:
        pass
    connection.close()
    return (time.monotonic() - ended) * 1e3


def register(server, email):
    """Makes an account."""
    server.post("/auth/register", {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"})


def log_in(server, email):
    """The tokens of a new session."""
    return server.post("/auth/login", {"email": email, "password": PASSWORD})
