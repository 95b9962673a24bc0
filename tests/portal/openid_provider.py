"""A real OpenID provider on this machine, made with Authlib; it speaks as NHS Care Identity."""

import threading
import time
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server


@dataclass
class Client(ClientMixin):
    secret: str

    def get_client_id(self):
        return "portal"

    def get_default_redirect_uri(self):
        return ""

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri.endswith("/accounts/oidc/organisation/login/callback/")

    def check_client_secret(self, client_secret):
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code:
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class Provider:
    """Signs in whoever `claims` describes; counts the codes that it exchanged."""

    def __init__(self):
        self.client = Client("a secret of the client")
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.claims = {}
        self.codes = {}
        self.tokens = set()
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def _app(self):
        app = Flask("openid")
        app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile", "email", "associatedorgs"]
        oauth = AuthorizationServer(app, lambda _: self.client, self._keep_token)
        oauth.register_grant(grant_of(self), [IdToken(self), CodeChallenge(required=True)])
        app.get("/authorize", endpoint="authorise")(lambda: self._authorise(oauth))
        app.post("/token", endpoint="token")(oauth.create_token_response)
        app.get("/userinfo")(self._userinfo)
        app.get("/jwks", endpoint="keys")(
            lambda: jsonify({"keys": [self.key.as_dict(private=False)]})
        )
        app.get("/.well-known/openid-configuration")(self._configuration)
        return app

    def _authorise(self, oauth):
        grant = oauth.get_consent_grant(end_user="somebody")
        return oauth.create_authorization_response(grant_user="somebody", grant=grant)

    def _keep_token(self, token, request):
        self.tokens.add(token["access_token"])

    def _userinfo(self):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return (jsonify(self.claims), 200) if token in self.tokens else ("", 401)

    def _keys(self):
        return jsonify(keys=[self.key.as_dict(private=False)])

    def _configuration(self):
        return jsonify(
            issuer=self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            userinfo_endpoint=f"{self.issuer}/userinfo",
            jwks_uri=f"{self.issuer}/jwks",
            token_endpoint_auth_methods_supported=["client_secret_post"],
        )


def grant_of(provider):
    """The authorization code grant, which keeps its codes with the provider."""

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code, request):
            asked = request.payload
            more = (asked.data.get(n) for n in ("nonce", "code_challenge", "code_challenge_method"))
            provider.codes[code] = Code(code, asked.redirect_uri, asked.scope, *more)

        def query_authorization_code(self, code, client):
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code):
            provider.codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code):
            return "somebody"

    return Grant


class IdToken(OpenIDCode):
    """Says who signed in, signed with the provider's key."""

    def __init__(self, provider):
        super().__init__()
        self.provider = provider

    def exists_nonce(self, nonce, request):
        return False

    def resolve_client_private_key(self, client):
        return self.provider.key

    def get_client_algorithm(self, client):
        return "RS256"

    def get_client_claims(self, client):
        return {"iss": self.provider.issuer, "aud": ["portal"]}

    def get_encode_header(self, client):
        return {"alg": "RS256", "kid": "k1"}

    def generate_user_info(self, user, scope):
        return {"sub": self.provider.claims["sub"]}
