"""requests-oauthlib, and oauthlib under it: https://requests-oauthlib.readthedocs.io"""

import os

# It refuses http, loopback or not; this is its documented switch for development.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749 import errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from told import lacks, raised, same, saw, scopes, stage

stage = stage()
key = {stage["app_key_header"]: stage["app_key"]}
basic = HTTPBasicAuth(stage["client_id"], stage["client_secret"])
token_endpoint = stage["issuer"] + "/connect/token"

lacks("discovery", "it is given the endpoints")
lacks("verification", "it is no resource server")
lacks("introspection", "neither the session nor its client has it")


def session(scope=stage["scopes"]):
    return OAuth2Session(client=BackendApplicationClient(stage["client_id"], scope=scope))


def by_post(client, secret=stage["client_secret"]):
    return client.fetch_token(token_endpoint, client_secret=secret, include_client_id=True, timeout=10)


def by_basic(client, auth=basic):
    return client.fetch_token(token_endpoint, auth=auth, timeout=10)


for method, fetch in [("client_secret_post", by_post), ("client_secret_basic", by_basic)]:
    client = session()
    token = fetch(client)
    same("token_type", token["token_type"], "Bearer")
    same("expires_in", token["expires_in"], 900)
    same("the scopes", sorted(token["scope"]), sorted(stage["scopes"]))
    saw(method, f"{token['token_type']} for {token['expires_in']} s: {' '.join(token['scope'])}")

# It raises a warning that carries the token, unless OAUTHLIB_RELAX_TOKEN_SCOPE is set.
warning = raised(Warning, lambda: by_basic(session([*stage["scopes"], stage["foreign_scope"]])))
same("the scopes", sorted(warning.new_scope), sorted(stage["scopes"]))
saw("narrowed", f"the warning of oauthlib: {warning}")

answer = client.get(stage["api"] + stage["allowed"], headers=key, timeout=10)
same("the call's status", answer.status_code, 200)
beyond = client.get(stage["api"] + stage["beyond"], headers=key, timeout=10)
same("the status beyond the scope", (beyond.status_code, beyond.json()["code"]), (403, "scope_missing"))
saw("call", f"{answer.json()['operation']} allowed; beyond the scope {beyond.status_code} {beyond.json()['code']}")

# Its client prepares the request, and its session sends it.
url, headers, body = client._client.prepare_token_revocation_request(
    stage["issuer"] + "/connect/revoke", token["access_token"], "access_token"
)
answer = client.post(url, data=body, headers=headers, auth=basic, withhold_token=True, timeout=10)
same("the revocation's status", answer.status_code, 200)
answer = client.get(stage["api"] + stage["allowed"], headers=key, timeout=10)
same("the call after the revocation", (answer.status_code, answer.json()["code"]), (401, "token_cut_off"))
saw("revocation", f"prepared by oauthlib, and then the call is {answer.status_code} {answer.json()['code']} (RFC 7009)")

wrong = HTTPBasicAuth(stage["client_id"], stage["wrong_secret"])
raised(errors.InvalidClientError, lambda: by_post(session(), stage["wrong_secret"]))
error = raised(errors.InvalidClientError, lambda: by_basic(session(), wrong))
saw("invalid_client", f"InvalidClientError: {error}")
error = raised(errors.InvalidScopeError, lambda: by_basic(session([stage["foreign_scope"]])))
saw("invalid_scope", f"InvalidScopeError: {error}")
password = OAuth2Session(client=LegacyApplicationClient(stage["client_id"]))
error = raised(
    errors.UnsupportedGrantTypeError,
    lambda: password.fetch_token(token_endpoint, username="a", password="b", auth=basic, timeout=10),
)
saw("unsupported_grant_type", f"UnsupportedGrantTypeError: {error}")
