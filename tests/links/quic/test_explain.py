from __future__ import annotations

import pytest
from qh3.quic.events import ConnectionTerminated

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, RemoteProtocolError, TLSError
from netloom.links.quic.explain import explain


@pytest.mark.parametrize(
    ("code", "frame", "reason", "ours", "kind", "said"),
    [
        (0x178, 6, "", False, TLSError, "ALPN"),
        (0x130, 6, "", False, TLSError, "issuer"),
        (0x12C, 6, "odd", False, TLSError, "alert 44 (odd)"),
        (0x100, None, "", False, ConnectionLost, "NO_ERROR"),
        (0x107, None, "calm\r\ndown", False, ConnectionLost, "EXCESSIVE_LOAD (calm\\r\\ndown)"),
        (0x3, 8, "", False, ConnectionLost, "FLOW_CONTROL_ERROR"),
        (0x7777, 8, "", False, ConnectionLost, "0x7777"),
        (0xA, 8, "a frame that can't be", True, RemoteProtocolError, "a frame that can't be"),
        (1, None, "Could not find a common protocol version", False, RemoteProtocolError, "version"),
        (1, 0, "Idle timeout", False, ConnectionLost, "too long"),
    ],
)
def test_why_it_ended(
    code: int, frame: int | None, reason: str, ours: bool, kind: type[NetloomError], said: str
) -> None:
    error = explain(ConnectionTerminated(code, frame, reason), opened=True, ours=ours)
    assert type(error) is kind
    assert said in error.message
    assert error.message.isprintable()


def test_silence_before_the_handshake_is_over() -> None:
    assert isinstance(explain(ConnectionTerminated(1, 0, "Idle timeout"), opened=False, ours=False), DeadlineExceeded)
