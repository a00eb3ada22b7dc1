"""authlib, by its session on requests: https://docs.authlib.org"""

import os

# Authlib refuses http, loopback or not, in older versions; this is its documented switch.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

from told import raised, same, saw, scopes, stage

stage = stage()
key = {stage["app_key_header"]: stage["app_key"]}

found = requests.get(get_well_known_url(stage["issuer"], external=True), timeout=10).json()
metadata = AuthorizationServerMetadata(found)
metadata.validate()
same("the issuer", metadata["issuer"], stage["issuer"])
saw("discovery", "AuthorizationServerMetadata validates what is published (RFC 8414)")


def session(method, secret=stage["client_secret"], scope=stage["scopes"]):
    return OAuth2Session(
        stage["client_id"],
        secret,
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope=scope,
        default_timeout=10,
    )


for method in ["client_secret_post", "client_secret_basic"]:
    client = session(method)
    token = client.fetch_token()
    same("token_type", token["token_type"], "Bearer")
    same("expires_in", token["expires_in"], 900)
    same("the scopes", scopes(token), sorted(stage["scopes"]))
    saw(method, f"{token['token_type']} for {token['expires_in']} s: {token['scope']}")

narrowed = session("client_secret_post", scope=[*stage["scopes"], stage["foreign_scope"]]).fetch_token()
same("the scopes", scopes(narrowed), sorted(stage["scopes"]))
saw("narrowed", f"{stage['foreign_scope']} was asked for and is left out of the answer")


class Resources(JWTBearerTokenValidator):
    """An API that trusts the published keys and asks nobody."""

    def get_jwks(self):
        return requests.get(metadata["jwks_uri"], timeout=10).json()


resources = Resources(issuer=stage["issuer"], resource_server=stage["audience"])
claims = resources.authenticate_token(token["access_token"])
resources.validate_token(claims, [stage["scopes"]], None)
same("sub", claims["sub"], stage["client_id"])
saw("verification", "JWTBearerTokenValidator takes the token by the published keys (RFC 9068)")

answer = client.get(stage["api"] + stage["allowed"], headers=key)
same("the call's status", answer.status_code, 200)
beyond = client.get(stage["api"] + stage["beyond"], headers=key)
same("the status beyond the scope", (beyond.status_code, beyond.json()["code"]), (403, "scope_missing"))
saw("call", f"{answer.json()['operation']} allowed; beyond the scope {beyond.status_code} {beyond.json()['code']}")


def introspect():
    answer = client.introspect_token(metadata["introspection_endpoint"], token=token["access_token"])
    same("the introspection's status", answer.status_code, 200)
    return answer.json()


told = introspect()
same("active", (told["active"], told["client_id"]), (True, stage["client_id"]))
same("the scopes", scopes(told), sorted(stage["scopes"]))
saw("introspection", "introspect_token says that it is active (RFC 7662)")

answer = client.revoke_token(metadata["revocation_endpoint"], token=token["access_token"])
same("the revocation's status", answer.status_code, 200)
same("introspection after the revocation", introspect(), {"active": False})
answer = client.get(stage["api"] + stage["allowed"], headers=key)
same("the call after the revocation", (answer.status_code, answer.json()["code"]), (401, "token_cut_off"))
saw("revocation", f"revoke_token, and then the call is {answer.status_code} {answer.json()['code']} (RFC 7009)")

for method in ["client_secret_post", "client_secret_basic"]:
    error = raised(OAuthError, session(method, secret=stage["wrong_secret"]).fetch_token)
    same("the error", error.error, "invalid_client")
saw("invalid_client", f"OAuthError: {error}")
error = raised(OAuthError, session("client_secret_basic", scope=stage["foreign_scope"]).fetch_token)
same("the error", error.error, "invalid_scope")
saw("invalid_scope", f"OAuthError: {error}")
error = raised(OAuthError, lambda: session("client_secret_basic").fetch_token(username="a", password="b"))
same("the error", error.error, "unsupported_grant_type")
saw("unsupported_grant_type", f"OAuthError: {error}")
