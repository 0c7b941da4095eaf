"""Every status, every phase and every deliberate exception of netloom, on one screen."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How an attempt ended: one vocabulary for every protocol and operation."""

    SUCCESS = "success"
    INVALID_INPUT = "invalid_input"
    BLOCKED = "blocked"
    RESOLVE_ERROR = "resolve_error"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    TLS_ERROR = "tls_error"
    PROTOCOL_ERROR = "protocol_error"
    REFUSED_BY_PEER = "refused_by_peer"
    UNAUTHENTICATED = "unauthenticated"
    EXPECTATION_FAILED = "expectation_failed"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class Phase(StrEnum):
    """Where an attempt spends its time. Phases are disjoint: their seconds add up to the whole."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    PROXY = "proxy"
    TLS = "tls"
    GREETING = "greeting"
    AUTH = "auth"
    REQUEST = "request"
    FIRST_BYTE = "first_byte"
    TRANSFER = "transfer"


class NetloomError(Exception):
    """The root. `hint` says what to try next; `endpoint` and `phase` say where, once they are known."""

    status = Status.ERROR

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        endpoint: str = "",
        phase: Phase | None = None,
        status: Status | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.endpoint = endpoint
        self.phase = phase
        if status is not None:
            self.status = status


class UsageError(NetloomError):
    """The caller's mistake. `text` and `column` (from 0) point at it where it stands in a text."""

    status = Status.INVALID_INPUT

    def __init__(self, message: str, *, hint: str = "", text: str = "", column: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.text = text
        self.column = column


class CapabilityError(NetloomError):
    """A privilege, device or optional package is missing here; `hint` says how to get it."""


class Unsupported(NetloomError):
    """This protocol has no such verb, content or option."""

    status = Status.UNSUPPORTED


class Blocked(NetloomError):
    """Our own consent or exclusion rules forbid it."""

    status = Status.BLOCKED


class NetworkError(NetloomError):
    """The way to the peer failed."""


class ResolveError(NetworkError):
    """A name has no address."""

    status = Status.RESOLVE_ERROR


class ConnectError(NetworkError):
    """No address could be connected to: status refused or unreachable."""

    status = Status.UNREACHABLE


class TLSError(NetworkError):
    """The handshake failed, or the peer's certificate isn't to be trusted.

    `seen` are the first bytes of a peer that answered without TLS.
    """

    status = Status.TLS_ERROR
    seen: bytes = b""


class DeadlineExceeded(NetworkError):
    """The time for the attempt, or the silence allowed within it, ran out."""

    status = Status.TIMEOUT


class ConnectionLost(NetworkError):
    """The peer closed or reset the connection before it had finished."""

    status = Status.CLOSED


class ProtocolError(NetloomError):
    """Somebody broke the protocol. `rule` cites what was broken, `offset` is the byte (from 0) where it showed.

    `seen` are the first bytes that a peer answered with, where they may tell what it speaks instead.
    """

    status = Status.PROTOCOL_ERROR

    def __init__(
        self, message: str, *, rule: str = "", offset: int | None = None, hint: str = "", seen: bytes = b""
    ) -> None:
        super().__init__(message, hint=hint)
        self.rule = rule
        self.offset = offset
        self.seen = seen


class LocalProtocolError(ProtocolError):
    """We would have said something illegal; nothing was sent."""

    status = Status.INVALID_INPUT


class RemoteProtocolError(ProtocolError):
    """The peer said something illegal."""


class PeerRefused(NetloomError):
    """A well-formed "no" from the peer, with its own code and text."""

    status = Status.REFUSED_BY_PEER

    def __init__(self, message: str, *, code: int | str = "", text: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.text = text


class Unauthenticated(PeerRefused):
    """The peer doesn't know us, or not well enough."""

    status = Status.UNAUTHENTICATED


class ExpectationFailed(NetloomError):
    """It answered, but not as asked."""

    status = Status.EXPECTATION_FAILED
