"""asyncssh's errors in our words."""

from __future__ import annotations

import asyncssh
import pytest

from netloom.errors import (
    ConnectionLost,
    NetloomError,
    NetworkError,
    PeerRefused,
    RemoteProtocolError,
    Status,
    Unauthenticated,
    UsageError,
)
from netloom.links.memory import pair
from netloom.links.ssh.greeting import Greeting
from netloom.links.ssh.translate import translated, unprepared
from netloom.links.stream import Stream


async def greeting() -> Greeting:
    import asyncio

    loop = asyncio.get_running_loop()
    stream, other = Stream(loop), Stream(loop)
    pair(stream, other)
    return Greeting.of(stream, lambda phase: None)


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (asyncssh.ChannelOpenError(2, "no way"), PeerRefused, Status.REFUSED_BY_PEER),
        (asyncssh.HostKeyNotVerifiable("not trusted"), NetworkError, Status.TLS_ERROR),
        (asyncssh.KeyExchangeFailed("nothing in common"), NetworkError, Status.TLS_ERROR),
        (asyncssh.PermissionDenied("no"), Unauthenticated, Status.UNAUTHENTICATED),
        (asyncssh.ProtocolError("Too many authentication failures"), Unauthenticated, Status.UNAUTHENTICATED),
        (asyncssh.ProtocolError("bad packet"), RemoteProtocolError, Status.PROTOCOL_ERROR),
        (asyncssh.MACError("bad MAC"), RemoteProtocolError, Status.PROTOCOL_ERROR),
        (asyncssh.ConnectionLost("Connection lost"), ConnectionLost, Status.CLOSED),
        (asyncssh.DisconnectError(11, "bye"), ConnectionLost, Status.CLOSED),
        (asyncssh.DisconnectError(12, "too many"), PeerRefused, Status.REFUSED_BY_PEER),
        (ConnectionResetError("reset"), ConnectionLost, Status.CLOSED),
    ],
)
async def test_what_a_peer_did(error: Exception, kind: type[NetloomError], status: Status) -> None:
    found = translated(error, await greeting())
    assert (type(found), found.status) == (kind, status)


@pytest.mark.parametrize("error", [FileNotFoundError(2, "missing"), ValueError("odd"), asyncssh.KeyImportError("odd")])
def test_before_anything_was_sent_it_is_the_callers_mistake(error: Exception) -> None:
    assert type(unprepared(error)) is UsageError


def test_a_passphrase_that_is_missing() -> None:
    for error in (asyncssh.KeyImportError("Passphrase must be specified"), asyncssh.KeyEncryptionError("wrong")):
        assert "passphrase" in unprepared(error).hint


async def test_what_the_greeting_knew_comes_first() -> None:
    known = await greeting()
    known.error = NetworkError("the real reason")
    assert translated(asyncssh.ConnectionLost("x"), known) is known.error


def test_ours_pass_through() -> None:
    ours = ConnectionLost("x")
    assert translated(ours) is unprepared(ours) is ours
