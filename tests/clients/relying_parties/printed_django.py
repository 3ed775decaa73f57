"""Django with Authlib and the configuration that `portcullis client create` printed for it, as it was printed:

    python printed_django.py SETTINGS

SETTINGS is a file with `user`, the client printed, and what was `printed`: three files, each behind a line with its name."""

import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.simple_server import make_server

from person import Person

PATIENCE = 120

# What every project has.
PROJECT = """
SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_of_shop.urls"
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"""


def main():
    settings = json.load(open(sys.argv[1]))
    user, client = settings["user"], settings["clients"]["printed"]
    redirect = urlsplit(client["redirect_uri"])
    origin = f"{redirect.scheme}://{redirect.netloc}"
    write_project(Path(sys.argv[1]).parent / "site_of_shop", settings["printed"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_of_shop.settings"
    from django.core.wsgi import get_wsgi_application

    server = make_server(redirect.hostname, redirect.port, get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    person = Person(user)
    person.browse(f"{origin}/login", f"{origin}/")
    told = json.loads(person.read(f"{origin}/"))
    assert (told["name"], told["email"]) == (user["name"], user["email"]), told
    print("ok: Django signs in with what is printed for it")


def write_project(folder, printed):
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    _, *files = re.split(r"^# (settings|views|urls)\.py.*\n", printed, flags=re.MULTILINE)
    for name, text in zip(files[::2], files[1::2]):
        (folder / f"{name}.py").write_text((PROJECT if name == "settings" else "") + text)


if __name__ == "__main__":
    # Ends the program by itself.
    signal.alarm(PATIENCE)
    main()
