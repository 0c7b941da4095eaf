"""The client's credentials: said at once or when they are asked for, to one origin only (RFC 9110 §11)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.links.http.messages import headers_all
from netloom.wire.http import authentication, digest

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.http.messages import Headers
    from netloom.protocols.http.options import Options


class Authorizer:
    """What Authorization says. Basic and bearer are said at once; digest answers the server's last challenge."""

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        self._token = options.token
        self._user = endpoint.user
        self._password = endpoint.password.reveal() if endpoint.password is not None else ""
        self._mode = options.auth
        self._scheme = "bearer" if self._token is not None else "basic" if self._mode in ("", "basic") else ""
        self._challenge: digest.Challenge | None = None
        self._count = 0
        self.gave_up = False

    @property
    def asks_twice(self) -> bool:
        """Whether the first request is only there to be challenged."""
        return not self._scheme and self._challenge is None and not self.gave_up

    def value(self, method: str, target: str, body: bytes = b"") -> str:
        """The field's value; empty while there is nothing to answer. Raises LocalProtocolError."""
        if self._challenge is not None:
            self._count += 1
            asked = digest.Asked(method=method, uri=target, nc=self._count, cnonce=secrets.token_hex(16), body=body)
            return digest.emit_answer(digest.answer(self._challenge, self._user, self._password, asked))
        if self._scheme == "bearer" and self._token is not None:
            return authentication.bearer(self._token.reveal())
        return authentication.basic(self._user, self._password) if self._scheme == "basic" else ""

    def challenged(self, headers: Headers) -> bool:
        """The server wants other credentials. True where we have some that it hasn't refused yet."""
        try:
            found = authentication.parse_all(headers_all(headers, "www-authenticate"))
            offered = [digest.parse_challenge(challenge) for challenge in found if challenge.scheme == "digest"]
        except RemoteProtocolError:
            return False  # it said 401: that is told, and not what its challenge lacks
        if self._token is not None or self._mode == "basic" or self.gave_up:
            return False
        best = digest.strongest(offered)
        if best is not None and (self._challenge is None or (best.stale and best.nonce != self._challenge.nonce)):
            self._challenge, self._count = best, 0
            return True
        if (
            self._mode == "any"
            and not self._scheme
            and self._challenge is None
            and any(challenge.scheme == "basic" for challenge in found)
        ):
            self._scheme = "basic"
            return True
        self.gave_up = True
        return False
