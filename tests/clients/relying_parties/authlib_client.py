"""Authlib as older software uses it: without PKCE, the secret in the form, the answer by a posted form. joserfc checks the
tokens by itself:

    python authlib_client.py SETTINGS

SETTINGS is a file with `issuer`, `user` and the client diary, which may come without PKCE. Access tokens are taken for
JWTs (RFC 9068), unless the settings have `opaque_access_tokens`."""

import json
import signal
import sys
import time
from urllib.parse import urlencode

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from person import Person

PATIENCE = 120


def main():
    settings = json.load(open(sys.argv[1]))
    issuer, user, client = settings["issuer"], settings["user"], settings["clients"]["diary"]
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    assert metadata["issuer"] == issuer, metadata
    assert "form_post" in metadata["response_modes_supported"], metadata
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    session = OAuth2Session(
        client["client_id"],
        client["client_secret"],
        token_endpoint_auth_method="client_secret_post",
        revocation_endpoint_auth_method="client_secret_post",
        redirect_uri=client["redirect_uri"],
        scope="openid profile email",
    )
    person = Person(user)

    def ask(**parameters):
        url, state = session.create_authorization_url(metadata["authorization_endpoint"], **parameters)
        answer = person.browse(url, client["redirect_uri"])
        query = answer if isinstance(answer, str) else urlencode(answer)
        assert "code=" in query, query
        return query, state

    answer, state = ask(response_mode="form_post", nonce="n-0S6_WzA2Mj")
    fetch = lambda query, state: session.fetch_token(
        metadata["token_endpoint"], authorization_response=f"{client['redirect_uri']}?{query}", state=state
    )
    is_refused("another state", lambda: fetch(answer, "another"), "mismatching_state")
    tokens = fetch(answer, state)

    token = jwt.decode(tokens["id_token"], keys)
    rules = jwt.JWTClaimsRegistry(
        leeway=5,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client["client_id"]},
        nonce={"essential": True, "value": "n-0S6_WzA2Mj"},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    rules.validate(token.claims)
    # at_hash and what else OpenID Connect asks for.
    asked = {"client_id": client["client_id"], "nonce": "n-0S6_WzA2Mj", "access_token": tokens["access_token"]}
    CodeIDToken(token.claims, token.header, params=asked).validate()
    head, _, signature = tokens["id_token"].split(".")
    forged = ".".join([head, tokens["id_token"].split(".")[1][:-2] + "AA", signature])
    is_refused("a changed ID token", lambda: jwt.decode(forged, keys), BadSignatureError.error)
    if not settings.get("opaque_access_tokens"):
        access = jwt.decode(tokens["access_token"], keys)
        assert access.header["typ"] == "at+jwt", access.header
        named = [access.claims[name] for name in ("iss", "sub", "client_id")]
        assert named == [issuer, token.claims["sub"], client["client_id"]], access.claims
        assert access.claims["exp"] > time.time() and access.claims["jti"], access.claims

    profile = session.get(metadata["userinfo_endpoint"]).json()
    assert (profile["sub"], profile["email"]) == (token.claims["sub"], user["email"]), profile

    # The same by a redirect, which needs no consent any more.
    query, state = ask()
    fetch(query, state)

    renewed = session.refresh_token(metadata["token_endpoint"])
    told = session.introspect_token(metadata["introspection_endpoint"], token=renewed["access_token"]).json()
    assert (told["active"], told["client_id"]) == (True, client["client_id"]), told
    ended = session.revoke_token(
        metadata["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token"
    )
    assert ended.status_code == 200, ended.text
    refresh = lambda: session.refresh_token(metadata["token_endpoint"], renewed["refresh_token"])
    is_refused("a refresh after revocation", refresh, "invalid_grant")
    print("ok: Authlib signs in without PKCE by form_post, refreshes, introspects and revokes; joserfc agrees with the tokens")


def is_refused(what, work, name):
    """Fails unless the work is refused with this error."""
    try:
        done = work()
    except Exception as error:
        if getattr(error, "error", None) == name:
            return
        raise AssertionError(f"{what}: refused, but not by {name}: {error!r}") from error
    raise AssertionError(f"{what}: not refused, but {done}")


if __name__ == "__main__":
    # Ends the program by itself.
    signal.alarm(PATIENCE)
    main()
