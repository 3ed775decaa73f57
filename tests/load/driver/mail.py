"""What mail costs those who have nothing to do with it, how long a page takes, and whether time tells who has an account."""

import asyncio
import http.client
import json
import statistics
import time

from .measurements import PASSWORD, log_in, register
from .open_loop import Answers, keep_asking, post
from .processes import free_port, processor_seconds, resident_mib

PAIRS = 6
REGISTRATIONS = 12
WAITING = 10_000
SAMPLES = 200


def mail(run):
    """Registrations with mail and without, in turn; and ten thousand mails that nobody takes."""
    for cost, aim in (("12", 0.95), ("4", None)):
        _registrations(run, cost, aim)
    _waiting(run)


def _registrations(run, cost, aim):
    with run.portcullis(run.new_folder(), BCRYPT_COST=cost) as plain, run.portcullis(
        run.new_folder(), BCRYPT_COST=cost, MAILBOX="on"
    ) as mailing:
        rates = {plain: [], mailing: []}
        for number in range(PAIRS):
            # Who is first changes, so that what the machine does meanwhile falls on both.
            for server in (plain, mailing) if number % 2 else (mailing, plain):
                began = time.monotonic()
                for each in range(REGISTRATIONS):
                    register(server, f"user-{number}-{each}@example.org")
                rates[server].append(REGISTRATIONS / (time.monotonic() - began))
        ratios = [on / off for on, off in zip(rates[mailing], rates[plain])]
        without = statistics.median(rates[plain])
        name = f"registrations at cost {cost}, one after another, with mail"
        if aim:
            run.report.compare(name, without * statistics.median(ratios), "without", without, aim)
        else:
            run.report.tell(name, f"{statistics.median(rates[mailing]):,.1f}/s", f"without: {without:,.1f}/s")


def _waiting(run):
    settings = {
        "BCRYPT_COST": "4",
        "SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
        "MAIL_FROM": "no-reply@example.org",
        "PUBLIC_URL": "http://localhost",
        "LOG_LEVEL": "error",
    }
    with run.portcullis(run.new_folder(), BCRYPT_COST="4", LOG_LEVEL="error") as plain, run.portcullis(
        run.new_folder(), **settings
    ) as waiting:
        requests = [
            post("/auth/register", {"email": f"w-{n}@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"})
            for n in range(WAITING)
        ]
        registered = Answers()
        rate = 300
        asyncio.run(keep_asking(waiting.port, requests, rate, (WAITING - 1) / rate, registered))
        run.errors += registered.others(201)
        tokens = {}
        for server in (plain, waiting):
            register(server, "ada@example.org")
            tokens[server] = log_in(server, "ada@example.org")["access_token"]
        before = processor_seconds(waiting.pid)
        time.sleep(run.seconds)
        part = (processor_seconds(waiting.pid) - before) / run.seconds
        rates = {plain: [], waiting: []}
        for number in range(PAIRS):
            for server in (plain, waiting) if number % 2 else (waiting, plain):
                load = run.drive(server, "/users/me", "get.lua", [tokens[server]])
                rates[server].append(load.rate)
        ratios = [on / off for on, off in zip(rates[waiting], rates[plain])]
        without = statistics.median(rates[plain])
        name = f"{registered.count(201):,} mails that nobody takes"
        report = run.report
        report.compare(f"{name}: `GET /users/me` beside them", without * statistics.median(ratios), "without", without, 0.95)
        report.at_most(f"{name}: processor time while nobody calls", 100 * part, "% of a core", 2)
        report.at_most(f"{name}: resident memory", resident_mib(waiting.pid), "MiB", 300)


def pages(run):
    """A page with a form, over one connection."""
    with run.portcullis(run.new_folder(), MAILBOX="on", LOG_LEVEL="error") as server:
        for path in ("/forgot-password", "/verify-email/again"):
            load = run.drive(server, path, "get.lua", ["-"], connections=1)
            run.report.at_most(f"the page `{path}`, 1 connection: p50", load.p50_ms, "ms", 1, 3)
            run.report.at_most(f"the page `{path}`: processor time each", load.microseconds_each, "µs", 1000, 0)
    run.report.note("`cargo bench -p portcullis-pages --bench render` measures pages without the connection.")


def timing(run):
    """Whether the time of an answer tells who has an account: samples of each kind, in turn."""
    with run.portcullis(run.new_folder(), MAILBOX="on", LOG_LEVEL="error") as server:
        register(server, "known@example.org")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        wrong = {"password": "not the password of anybody"}
        for path, body, samples in (
            ("/auth/login", wrong, SAMPLES),
            ("/auth/password/forgot", {}, SAMPLES),
            ("/auth/email/verify/resend", {}, SAMPLES),
        ):
            times = {"known": [], "unknown": []}
            for number in range(samples + 1):
                for kind in ("known", "unknown") if number % 2 else ("unknown", "known"):
                    milliseconds = _ask(connection, path, {"email": f"{kind}@example.org", **body})
                    # The first of each warms up what is made at a first call.
                    if number:
                        times[kind].append(milliseconds)
            known, unknown = (statistics.median(times[kind]) for kind in ("known", "unknown"))
            allowed = max(5, 0.05 * known)
            name = f"`POST {path}`, an account beside none: medians apart"
            run.report.at_most(name, abs(known - unknown), "ms", round(allowed, 2), 3)
            run.report.tell(f"`POST {path}`: medians", f"{known:.3f}, {unknown:.3f} ms", f"{samples} samples of each")
        connection.close()


def _ask(connection, path, body):
    began = time.monotonic()
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    connection.getresponse().read()
    return (time.monotonic() - began) * 1e3
