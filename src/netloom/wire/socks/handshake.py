"""The client's side of a SOCKS handshake, 5 (RFC 1928, RFC 1929) and 4, without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.wire.socks.fields import RULE_REQUEST
from netloom.wire.socks.version4 import (
    REPLIES4,
    RULE_SOCKS4,
    SUCCEEDED4,
    Reply4,
    Request4,
    emit_request4,
    parse_reply4,
)
from netloom.wire.socks.version5 import (
    REPLIES,
    RULE_METHODS,
    SUCCEEDED,
    AuthStatus,
    Choice,
    Greeting,
    Method,
    Reply,
    Request,
    emit_credentials,
    emit_greeting,
    emit_request,
    parse_auth_status,
    parse_choice,
    parse_reply,
)

if TYPE_CHECKING:
    from netloom.wire.credentials import Credentials


def refusal(reply: Reply | Reply4) -> PeerRefused | None:
    """A reply's "no" as an error to raise, in words; None if it is a "yes"."""
    good, words = (SUCCEEDED, REPLIES) if isinstance(reply, Reply) else (SUCCEEDED4, REPLIES4)
    if reply.code == good:
        return None
    text = words.get(reply.code, "unassigned reply code")
    return PeerRefused(f"the proxy refused: {text} ({reply.code})", code=reply.code, text=text)


class ClientHandshake:
    """The client's side of one SOCKS 5 or SOCKS 4 request: give it what came, send what it gives.

    `reply` is there once the proxy agreed; `unused` are octets that came after it and belong to the tunnel. A "no"
    raises PeerRefused, a password that is wrong or missing Unauthenticated.
    """

    def __init__(self, request: Request | Request4, credentials: Credentials | None = None) -> None:
        self.reply: Reply | Reply4 | None = None
        self._credentials = credentials
        self._buffer = b""
        self._await: type[Choice | AuthStatus | Reply | Reply4] = Choice
        # What can't be asked is refused here, before anything is sent
        if isinstance(request, Request4):
            if credentials is not None:
                raise LocalProtocolError("SOCKS 4 has no password", rule=RULE_SOCKS4, hint="use socks5")
            self._await = Reply4
            self._asked = emit_request4(request)
        else:
            self._asked = emit_request(request)
            self._proof = emit_credentials(credentials) if credentials is not None else b""

    @property
    def unused(self) -> bytes:
        """What came after the reply."""
        return self._buffer if self.reply is not None else b""

    def start(self) -> bytes:
        """The octets to send first."""
        if self._await is Reply4:
            return self._asked
        methods = (Method.NONE,) if self._credentials is None else (Method.NONE, Method.PASSWORD)
        return emit_greeting(Greeting(methods))

    def receive(self, data: bytes) -> bytes:
        """Take what came; the octets to send now, if any."""
        self._buffer += data
        if self._await is Choice:
            return self._on_choice()
        if self._await is AuthStatus:
            return self._on_auth_status()
        if self.reply is None:
            self._on_reply()
        return b""

    def _on_choice(self) -> bytes:
        found = parse_choice(self._buffer)
        if found is None:
            return b""
        method = found[0].method
        self._consume(found[1])
        if method == Method.UNACCEPTABLE:
            offered = "no password" if self._credentials is None else "a password"
            raise Unauthenticated(f"the proxy doesn't take {offered}", code=method, text="no acceptable method")
        if method == Method.PASSWORD and self._credentials is not None:
            self._await = AuthStatus
            return self._proof
        if method != Method.NONE:
            raise RemoteProtocolError(f"the proxy chose method {method}, not offered", rule=RULE_METHODS, offset=1)
        return self._send_request()

    def _on_auth_status(self) -> bytes:
        found = parse_auth_status(self._buffer)
        if found is None:
            return b""
        self._consume(found[1])
        if found[0].status != 0:
            message = "the proxy refused the user name or the password"
            raise Unauthenticated(message, code=found[0].status, text="authentication failed")
        return self._send_request()

    def _send_request(self) -> bytes:
        if self._buffer:
            raise RemoteProtocolError("the proxy answered before it was asked", rule=RULE_REQUEST, offset=2)
        self._await = Reply
        return self._asked

    def _on_reply(self) -> None:
        found = (parse_reply4 if self._await is Reply4 else parse_reply)(self._buffer)
        if found is None:
            return
        reply, consumed = found
        error = refusal(reply)
        if error is not None:
            raise error
        self._consume(consumed)
        self.reply = reply

    def _consume(self, count: int) -> None:
        self._buffer = self._buffer[count:]
