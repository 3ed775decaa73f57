"""The scratch PostgreSQL of `scripts/postgres`, and the refresh's transaction as pgbench runs it."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts/postgres"
SQL = ROOT / "tests/load/sql"


class Postgres:
    """A fresh cluster that syncs each commit to disk. All speak to it without TLS."""

    def __init__(self):
        exports = subprocess.run([SCRIPT, "start"], check=True, stdout=subprocess.PIPE, text=True).stdout
        variables = dict(word.split("=", 1) for word in shlex.split(exports) if "=" in word)
        self.folder = Path(variables["PORTCULLIS_TEST_POSTGRES_DIR"])
        self.url = urlsplit(variables["PORTCULLIS_TEST_POSTGRES_URL"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([SCRIPT, "stop", self.folder], check=True)

    def make_database(self, name):
        """Makes an empty database and returns its URL."""
        self._psql("postgres", "-c", f"CREATE DATABASE {name}")
        return self.url._replace(path=f"/{name}", query="sslmode=disable").geturl()

    def fill_with_sessions(self, database):
        """Makes Portcullis' tables, and the rows that `pgbench` works on."""
        for migration in sorted((ROOT / "migrations/postgres").glob("*/up.sql")):
            self._psql(database, "-f", migration)
        self._psql(database, "-f", SQL / "sessions.sql")

    def connections(self, database):
        """How many clients the database has."""
        return int(
            self._psql("postgres", "-c", f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'")
        )

    def pgbench(self, database, clients, seconds):
        """Rotations a second, each statement prepared once."""
        threads = min(2, clients)
        script = SQL / "rotate.sql"
        output = self._run(
            "pgbench", database, "-n", "-M", "prepared", "-c", clients, "-j", threads, "-T", seconds, "-f", script
        )
        return float(re.search(r"tps = ([0-9.]+)", output).group(1))

    def _psql(self, database, *arguments):
        return self._run("psql", database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments)

    def _run(self, program, database, *arguments):
        """Runs one of PostgreSQL's programs, found where the cluster's own are."""
        command = [Path((self.folder / "programs").read_text().strip()) / program, *map(str, arguments)]
        environment = {
            **os.environ,
            "PGHOST": self.url.hostname,
            "PGPORT": str(self.url.port),
            "PGUSER": self.url.username,
            "PGPASSWORD": self.url.password,
            "PGSSLMODE": "disable",
            "PGDATABASE": database,
        }
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{run.stderr[-2000:]}")
        return run.stdout
