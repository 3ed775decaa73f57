"""What it takes to end what apps were given, and to know many of them."""

import json
import os
import statistics
import time
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from .flows import CALLBACK, App, Person
from .measurements import PASSWORD, log_in, register
from .processes import resident_mib

# A user and a client have no more of them.
GRANTS_OF_A_SESSION = 50
SESSIONS = 9
REVOCATIONS = 200
CLIENTS = 10_000


def endings(run, postgres):
    """The end of a session with all its grants, and of one grant, on both databases; and many clients in memory."""
    _ends(run, "SQLite")
    shared = {"DATABASE_URL": postgres.make_database("endings"), "SECRET_KEY": os.urandom(32).hex()}
    _ends(run, "PostgreSQL", **shared)
    _many_clients(run)


def _ends(run, database, **settings):
    with run.portcullis(run.new_folder(), BCRYPT_COST="4", **settings) as server:
        client = server.run(
            *("client", "create", "--id", "load", "--name", "Load", "--kind", "web", "--redirect-uri", CALLBACK),
            *("--scope", "openid profile email", "--json"),
            *("--grant-type", "authorization_code", "--grant-type", "refresh_token"),
        )
        register(server, "ends@example.org")
        app = App(server.url(""), client["client_id"], client["client_secret"])
        milliseconds = [_end_of_a_session(server, app) for _ in range(SESSIONS)]
        name = f"the end of a session with {GRANTS_OF_A_SESSION} grants, {database}"
        run.report.at_most(f"{name}: the median of {SESSIONS}", statistics.median(milliseconds), "ms", 5)
        tokens = [app.grant_of("ends@example.org")["refresh_token"] for _ in range(REVOCATIONS)]
        revoked = [_milliseconds(_revocation(server, app, token)) for token in tokens]
        sessions = [log_in(server, "ends@example.org")["refresh_token"] for _ in range(REVOCATIONS)]
        ended = [_milliseconds(_logout(server, token)) for token in sessions]
        run.report.tell(
            f"the revocation of a grant, one after another, {database}: p50",
            f"{statistics.median(revoked):.2f} ms",
            f"a logout: {statistics.median(ended):.2f} ms",
        )


def _end_of_a_session(server, app):
    """How long it takes to end all sessions of somebody who has one, which has given an app all that it may have."""
    person = Person({"email": "ends@example.org", "password": PASSWORD})
    for _ in range(GRANTS_OF_A_SESSION):
        person.browse(app.request, CALLBACK)
    token = log_in(server, "ends@example.org")["access_token"]
    address = server.url("/users/me/sessions?include_current=true")
    return _milliseconds(Request(address, method="DELETE", headers={"Authorization": f"Bearer {token}"}))


def _revocation(server, app, token):
    form = urlencode({"token": token}).encode()
    return Request(server.url("/oauth2/revoke"), form, {"Authorization": app.authorization})


def _logout(server, token):
    body = json.dumps({"refresh_token": token}).encode()
    return Request(server.url("/auth/logout"), body, {"Content-Type": "application/json"})


def _milliseconds(request):
    began = time.monotonic()
    with urlopen(request, timeout=30) as answer:
        answer.read()
    return (time.monotonic() - began) * 1e3


def _many_clients(run):
    """Starts beside each other: without clients, and with many that a file names."""
    with run.portcullis(run.new_folder()) as server:
        time.sleep(3)
        without, first = resident_mib(server.pid), server.seconds_to_first_answer
    folder = run.new_folder()
    file = folder / "clients.toml"
    file.write_text("".join(_client(number) for number in range(CLIENTS)))
    # The first start writes them; what each later one takes is measured.
    with run.portcullis(folder, CLIENTS_FILE=str(file)):
        time.sleep(3)
    with run.portcullis(folder) as server:
        time.sleep(3)
        memory, start = resident_mib(server.pid) - without, server.seconds_to_first_answer - first
    name = f"{CLIENTS:,} clients"
    run.report.at_most(f"{name}: memory beyond a server that has none", memory, "MiB", 64)
    run.report.at_most(f"{name}: first answer later by", start * 1e3, "ms", 50)


def _client(number):
    return (
        f'[[client]]\nid = "app-{number}"\nname = "App {number}"\nkind = "web"\n'
        f'redirect_uris = ["https://app-{number}.example.org/callback"]\nscopes = ["openid", "profile", "email"]\n'
        f'secret_sha256 = "{number:064x}"\n'
    )
