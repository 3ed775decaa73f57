"""What clients of OAuth call, each figure beside its limit in the same run."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

from . import wrk
from .measurements import latencies, log_in, register
from .processes import BareHttp

RESOURCE = "https://api.load.example.org"
SCOPE = "load:read"
# Tokens for resources are signed by ES256 unless somebody says otherwise.
TOKENS_A_SECOND = 30_000


def provider(run):
    """Tokens of clients for themselves beside bare answers, and introspection beside `GET /auth/verify`."""
    with run.portcullis(run.new_folder(), BCRYPT_COST="4") as server, BareHttp(
        str(run.programs / "bare_http"), run.new_folder()
    ) as bare:
        shown = {"client_id": "load", "client_secret": _register_client(server)}
        asked = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": SCOPE, **shown})
        token = _first_token(server, asked)
        _tokens(run, server, bare, asked)
        _introspection(run, server, urllib.parse.urlencode({"token": token, **shown}))


def _tokens(run, server, bare, asked):
    before = wrk.drive(bare, "/json", "get.lua", [bare.token], run.seconds)
    load = run.drive(server, "/oauth2/token", "post_form.lua", [asked])
    after = wrk.drive(bare, "/json", "get.lua", [bare.token], run.seconds)
    limit = (before.rate + after.rate) / 2
    name = "`client_credentials`, ES256, 64 connections"
    run.report.compare(name, load.rate, "the aim", TOKENS_A_SECOND, 1)
    run.report.tell(
        f"{name}: p50, p99, max",
        latencies(load),
        f"{load.microseconds_each:.1f} µs of processor time each; bare JSON answer: {limit:,.0f}/s",
        f"{load.rate / limit:.0%}",
    )


def _introspection(run, server, asked):
    register(server, "verify@example.org")
    session = log_in(server, "verify@example.org")["access_token"]
    before = run.drive(server, "/auth/verify", "get.lua", [session])
    load = run.drive(server, "/oauth2/introspect", "post_form.lua", [asked])
    after = run.drive(server, "/auth/verify", "get.lua", [session])
    name = "introspection, 64 connections"
    run.report.compare(name, load.rate, "`GET /auth/verify`", (before.rate + after.rate) / 2, 0.7)
    run.report.tell(
        f"{name}: p50, p99, max", latencies(load), f"{load.microseconds_each:.1f} µs of processor time each"
    )


def _register_client(server):
    """Registers a resource and a client that may ask for it; the client's secret."""
    server.run("resource", "create", RESOURCE, "--name", "Load", "--scope", SCOPE, "--json")
    line = ("client", "create", "--id", "load", "--name", "Load", "--kind", "service", "--scope", SCOPE, "--json")
    return server.run(*line)["client_secret"]


def _first_token(server, asked):
    """The first token, once the provider's keys sign."""
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(server.url("/oauth2/token"), asked.encode(), timeout=30) as answer:
                return json.loads(answer.read())["access_token"]
        except urllib.error.HTTPError as error:
            # The client is not known yet, or its keys are being made.
            if error.code not in (401, 503) or time.monotonic() > until:
                raise
        time.sleep(0.2)
