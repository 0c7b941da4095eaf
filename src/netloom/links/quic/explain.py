"""Why a QUIC connection ended, as one of our errors (RFC 9000 §20, RFC 8446 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qh3.quic.packet import QuicErrorCode

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, RemoteProtocolError, TLSError
from netloom.wire.http3.codes import name_of

if TYPE_CHECKING:
    from qh3.quic.events import ConnectionTerminated

_ALERTS = {
    40: "the peer found nothing in common with what we offered (ciphers, groups or a certificate)",
    42: "the peer doesn't accept our certificate",
    45: "the peer finds our certificate expired",
    48: "the peer doesn't trust our certificate's issuer",
    70: "the peer accepts no TLS version that we offered",
    112: "the peer serves no host of that name (SNI)",
    116: "the peer wants a client certificate",
    120: "the peer speaks none of the offered application protocols (ALPN)",
}
_CRYPTO = range(0x100, 0x200)
_IDLE = "Idle timeout"
_NO_VERSION = "Could not find a common protocol version"


def explain(event: ConnectionTerminated, *, opened: bool, ours: bool) -> NetloomError:
    """`opened`: the handshake was over by then. `ours`: we ended it, for what the peer did."""
    reason = event.reason_phrase[:200].encode("unicode_escape").decode("ascii")
    if event.reason_phrase == _IDLE and event.frame_type == 0:
        if opened:
            return ConnectionLost("nothing was heard of the peer for too long")
        return DeadlineExceeded("no answer to the QUIC handshake")
    if event.reason_phrase == _NO_VERSION:
        return RemoteProtocolError("the peer speaks no version of QUIC that we do", rule="RFC 9000 §6")
    if event.frame_type is not None and event.error_code in _CRYPTO:
        alert = event.error_code - 0x100
        said = _ALERTS.get(alert, f"alert {alert}") + (f" ({reason})" if reason else "")
        return TLSError(f"TLS handshake: {said}")
    if ours:
        return RemoteProtocolError(f"QUIC: {reason or _name(event.error_code)}", rule="RFC 9000")
    # An application's code has no frame type (RFC 9000 §19.19).
    name = name_of(event.error_code) if event.frame_type is None else _name(event.error_code)
    return ConnectionLost(f"the peer closed the connection: {name}{f' ({reason})' if reason else ''}")


def _name(code: int) -> str:
    try:
        return QuicErrorCode(code).name
    except ValueError:
        return f"{code:#x}"
