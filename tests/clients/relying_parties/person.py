"""Somebody who signs in by the provider's pages as they are without scripts, as person.mjs does. Needs nothing but Python."""

from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

STEPS = 20
PATIENCE = 30


class Forms(HTMLParser):
    """The forms of a page: where each goes, its hidden and typed fields, and its buttons by their ids."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action") or "", "fields": {}, "buttons": {}})
        elif self.forms and tag == "input" and attributes.get("name"):
            self.forms[-1]["fields"][attributes["name"]] = attributes.get("value") or ""
        elif self.forms and tag == "button":
            self.forms[-1]["buttons"][attributes.get("id")] = (attributes.get("name"), attributes.get("value") or "")


class Still(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_):
        return None


class Person:
    """One browser of one user, with its cookies."""

    def __init__(self, user):
        self.user = user
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar), Still())

    def browse(self, url, callback):
        """Goes to `url`, answers what the provider asks, and gives what it then sends to `callback`: the query of a
        redirect as text, or the fields of a form."""
        status, headers, text = self._send(url)
        for _ in range(STEPS):
            if status in (301, 302, 303):
                url = urljoin(url, headers["location"])
                if url.partition("?")[0] == callback:
                    return urlsplit(url).query
                status, headers, text = self._send(url)
                continue
            form, (name, value) = chosen(url, status, text)
            there = urljoin(url, form["action"])
            if there == callback:
                return form["fields"]
            fields = {**form["fields"], **({name: value} if name else {})}
            if "password" in fields:
                fields |= {"username": self.user["email"], "password": self.user["password"]}
            here = urlsplit(url)
            own = {"Origin": f"{here.scheme}://{here.netloc}", "Sec-Fetch-Site": "same-origin"}
            status, headers, text = self._send(there, urlencode(fields).encode(), own)
            url = there
        raise AssertionError(f"no end after {STEPS} steps, the last is {url}")

    def read(self, url):
        """The text of a page."""
        status, _, text = self._send(url)
        assert status == 200, f"{url} ({status}): {text[:400]}"
        return text

    def cookies(self, url):
        """The header with which this browser would send its cookies there."""
        request = Request(url)
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie")

    def _send(self, url, body=None, headers=None):
        request = Request(url, body, {"Accept": "text/html", "Accept-Language": "en", **(headers or {})})
        try:
            answer = self.opener.open(request, timeout=PATIENCE)
        except HTTPError as other:
            answer = other
        with answer:
            return answer.status, answer.headers, answer.read().decode()


def chosen(url, status, text):
    """The form that a person fills in, and its button's name and value."""
    for form in Forms(text).forms:
        for button in ("sign-in", "allow"):
            if button in form["buttons"]:
                return form, form["buttons"][button]
        if {"code", "error"} & form["fields"].keys():
            return form, (None, "")
    raise AssertionError(f"{url} ({status}) has no form of a sign-in: {text[:400]}")
