"""Whole sign-ins to an app by code, beside another provider's."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from . import wrk
from .measurements import PASSWORD, latencies, log_in, register
from .processes import Peer

TESTS = Path(__file__).resolve().parents[2]
sys.path.append(str(TESTS / "clients/relying_parties"))

from person import Person

CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "a-verifier-of-43-characters-or-more-0123456789"
# A user and a client have 50 grants at most: with so many users the oldest of them stay.
BROWSERS = 1_500
# So many grants are refreshed in turn: 64 connections never lack a live token.
GRANTS = 256
# The other provider keeps a thousand things in memory and forgets the oldest.
BROWSERS_OF_PEER = 50


class App:
    """An app as the load plays it: what it sends to the provider, and what it shows there of itself."""

    def __init__(self, issuer, client_id, client_secret):
        metadata = metadata_of(issuer)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        self.request = metadata["authorization_endpoint"] + "?" + urlencode(
            {
                "client_id": client_id,
                "redirect_uri": CALLBACK,
                "response_type": "code",
                "scope": "openid profile email",
                "code_challenge": challenge,
                "code_challenge_method": "S256",
                "state": "of-a-load-run",
                "nonce": "of-a-load-run",
            }
        )
        self.token_url = metadata["token_endpoint"]
        self.token_path = urlsplit(self.token_url).path
        self.authorization = "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self.form = urlencode(
            {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "code": ""}
        )

    def sign_in(self, emails, file):
        """Signs these users in, who agree to the app, and writes the cookies of their browsers."""
        lines = []
        for email in emails:
            person = Person({"email": email, "password": PASSWORD})
            person.browse(self.request, CALLBACK)
            lines.append(person.cookies(self.request) + "\n")
        file.write_text("".join(lines))

    def grant_of(self, email):
        """The tokens of one sign-in."""
        person = Person({"email": email, "password": PASSWORD})
        code = parse_qs(person.browse(self.request, CALLBACK))["code"][0]
        request = Request(self.token_url, (self.form + code).encode(), {"Authorization": self.authorization})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def arguments(self, file):
        """What the script of the load takes."""
        address = urlsplit(self.request)
        return [file, f"{address.path}?{address.query}", self.token_path, self.authorization, self.form]


def metadata_of(issuer):
    """What the provider says of itself, as soon as it has made its keys."""
    began = time.monotonic()
    while True:
        try:
            with urlopen(f"{issuer}/.well-known/openid-configuration", timeout=30) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            if refusal.code not in (404, 503) or time.monotonic() - began > 60:
                raise
        time.sleep(0.1)


def measure(run, postgres):
    """Sign-ins on both databases, with both kinds of signatures, beside node-oidc-provider before and after."""
    before = of_peer(run)
    sqlite = of_portcullis(run, "ES256")
    rsa = of_portcullis(run, "RS256")
    shared = {"DATABASE_URL": postgres.make_database("flows"), "SECRET_KEY": os.urandom(32).hex()}
    postgresql = of_portcullis(run, "ES256", **shared)
    after = of_peer(run)
    beside = (
        f"node-oidc-provider, in memory: {before.flow_rate:,.1f} and {after.flow_rate:,.1f}/s; "
        f"{before.microseconds_a_flow:,.0f} µs of processor time each, on one core"
    )
    name = "sign-ins by code (authorize and token)"
    for what, load, aim in (
        ("SQLite, ES256", sqlite, 10_000),
        ("SQLite, RS256", rsa, 3_000),
        ("PostgreSQL, ES256", postgresql, 3_000),
    ):
        run.report.at_least(f"{name}, {what}, {wrk.CONNECTIONS} connections", load.flow_rate, aim, beside)
        run.report.tell(
            f"{name}, {what}: p50, p99, max of a call",
            latencies(load),
            f"{load.microseconds_a_flow:,.0f} µs of processor time a sign-in",
            f"{load.flow_rate / max(before.flow_rate, after.flow_rate):.1f} times the other's",
        )
    run.report.note(
        f"Sign-ins by code: {BROWSERS:,} browsers in turn at Portcullis, {BROWSERS_OF_PEER} at node-oidc-provider, whose "
        "store in memory forgets more. Its access tokens are opaque; Portcullis signs them with ES256."
    )


def of_portcullis(run, algorithm, **settings):
    """Sign-ins at Portcullis, whose ID tokens are signed so."""
    folder = run.new_folder()
    with run.portcullis(folder, BCRYPT_COST="4", **settings) as server:
        client = server.run(
            *("client", "create", "--id", "load", "--name", "Load", "--kind", "web", "--redirect-uri", CALLBACK),
            *("--scope", "openid profile email", "--id-token-alg", algorithm, "--json"),
        )
        emails = [f"flow-{number}@example.org" for number in range(BROWSERS)]
        for email in emails:
            register(server, email)
        app = App(server.url(""), client["client_id"], client["client_secret"])
        load = drive(run, server, app, emails, folder / "browsers")
        if algorithm == "ES256" and not settings:
            asked_by_nobody(run, server, app)
        if algorithm == "ES256":
            grants_in_use(run, server, emails[:GRANTS], folder / "grants", "PostgreSQL" if settings else "SQLite")
        return load


def asked_by_nobody(run, server, app):
    """Requests of apps for somebody who is not signed in: they lead to the page of signing in, and write nothing."""
    address = urlsplit(app.request)
    load = run.drive(server, f"{address.path}?{address.query}", "get.lua", [""])
    name = f"authorize, nobody signed in, {wrk.CONNECTIONS} connections"
    run.report.at_least(name, load.rate, 100_000)
    run.report.tell(
        f"{name}: p50, p99, max", latencies(load), f"{load.microseconds_each:.1f} µs of processor time each"
    )


def grants_in_use(run, server, emails, file, database):
    """What an app does with what it was given: it refreshes, and asks who the user is."""
    client = server.run(
        *("client", "create", "--id", "stays", "--name", "Stays", "--kind", "web", "--redirect-uri", CALLBACK),
        *("--scope", "openid profile email", "--id-token-alg", "ES256", "--json"),
        *("--grant-type", "authorization_code", "--grant-type", "refresh_token"),
    )
    app = App(server.url(""), client["client_id"], client["client_secret"])
    given = [app.grant_of(email) for email in emails]
    session = log_in(server, emails[0])["access_token"]
    before = run.drive(server, "/users/me", "get.lua", [session])
    load = run.drive(server, "/oauth2/userinfo", "get.lua", [given[0]["access_token"]])
    after = run.drive(server, "/users/me", "get.lua", [session])
    name = f"`/oauth2/userinfo`, {database}, {wrk.CONNECTIONS} connections"
    run.report.compare(name, load.rate, "`GET /users/me`", (before.rate + after.rate) / 2, 0.8)
    file.write_text("".join(each["refresh_token"] + "\n" for each in given))
    load = run.drive(server, app.token_path, "refresh_grant.lua", [file, app.authorization])
    name = f"refreshes of an app with an ID token, {database}, ES256, {wrk.CONNECTIONS} connections"
    if database == "SQLite":
        run.report.at_least(name, load.rate, 25_000)
    else:
        run.report.tell(name, f"{load.rate:,.1f}/s")
    run.report.tell(
        f"{name}: p50, p99, max", latencies(load), f"{load.microseconds_each:.1f} µs of processor time each"
    )


def of_peer(run):
    """Sign-ins at node-oidc-provider."""
    folder = run.new_folder()
    secret = "of-a-load-run"
    emails = [f"flow-{number}@example.org" for number in range(BROWSERS_OF_PEER)]
    settings = {
        "users": [{"email": email, "password": PASSWORD, "name": "Ada Lovelace"} for email in emails],
        "clients": [
            {
                "client_id": "load",
                "client_secret": secret,
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "id_token_signed_response_alg": "ES256",
            }
        ],
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    with Peer(peer_program(run.programs.parent / "load-peer"), folder / "settings.json") as peer:
        app = App(peer.url(""), "load", secret)
        return drive(run, peer, app, emails, folder / "browsers")


def drive(run, server, app, emails, file):
    """Signs the browsers in, then takes the load."""
    app.sign_in(emails, file)
    return run.drive(server, "/", "flow.lua", app.arguments(file))


def peer_program(folder):
    """The program of the other provider, with the packages of its lock file beside it."""
    folder.mkdir(exist_ok=True)
    for file in (TESTS / "load/peer").iterdir():
        shutil.copy(file, folder)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True
    )
    return folder / "provider.mjs"
