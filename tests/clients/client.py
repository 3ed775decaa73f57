"""The client of openapi-python-client, against the server at the address that is given, with an account of its own."""

import sys

from portcullis_client import AuthenticatedClient, Client
from portcullis_client.api.account import get_profile, list_sessions
from portcullis_client.api.auth import log_in, log_in_by_form, log_out, refresh_tokens, register_account
from portcullis_client.models import (
    LogInBody,
    LogInForm,
    Problem,
    ProblemCode,
    RefreshTokenBody,
    RegisterBody,
    Role,
    SessionList,
    Tokens,
    User,
)

_, address, email = sys.argv
PASSWORD = "correct horse battery"
client = Client(base_url=address)

user = register_account.sync(client=client, body=RegisterBody(email=email, password=PASSWORD, full_name="Ada Lovelace"))
assert isinstance(user, User) and user.email == email, user

tokens = log_in.sync(client=client, body=LogInBody(email=email, password=PASSWORD))
assert isinstance(tokens, Tokens), tokens
by_form = log_in_by_form.sync(client=client, body=LogInForm(username=email, password=PASSWORD))
assert isinstance(by_form, Tokens) and by_form.token_type == tokens.token_type, by_form

signed_in = AuthenticatedClient(base_url=address, token=tokens.access_token)
me = get_profile.sync(client=signed_in)
assert isinstance(me, User) and me.role is Role.USER, me
sessions = list_sessions.sync(client=signed_in, limit=5)
assert isinstance(sessions, SessionList) and len(sessions.items) == 2, sessions

following = refresh_tokens.sync(client=client, body=RefreshTokenBody(refresh_token=tokens.refresh_token))
assert isinstance(following, Tokens), following

refused = log_in.sync(client=client, body=LogInBody(email=email, password="another password"))
assert isinstance(refused, Problem) and refused.code is ProblemCode.INVALID_CREDENTIALS, refused

signed_out = log_out.sync_detailed(client=client, body=RefreshTokenBody(refresh_token=following.refresh_token))
assert signed_out.status_code == 204, signed_out
gone = get_profile.sync_detailed(client=signed_in)
assert gone.status_code == 401 and isinstance(gone.parsed, Problem), gone
