"""Reading along while a server greets, in memory and on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import NetworkError, Phase, RemoteProtocolError, Status
from netloom.links import virtual
from netloom.links.memory import pair
from netloom.links.ssh.greeting import PATIENCE, Greeting
from netloom.links.stream import Stream
from netloom.wire import ssh

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = ssh.emit_string(b"ssh-ed25519") + ssh.emit_string(bytes(32))
NAMES: Any = dict.fromkeys(("ciphers_c2s", "ciphers_s2c", "macs_c2s", "macs_s2c"), ("x",))


def offer(*kex: str) -> bytes:
    proposal = ssh.KexInit(
        cookie=bytes(16), kex=kex, host_key=("ssh-ed25519",), compression_c2s=(), compression_s2c=(), **NAMES
    )
    return ssh.emit_packet(ssh.emit_kexinit(proposal))


HELLO = b"welcome\r\nSSH-2.0-there it is\r\n"
OWN = b"SSH-2.0-us\r\n" + offer("curve25519-sha256", "ext-info-c")
REPLY = ssh.emit_packet(b"\x1f" + ssh.emit_string(KEY) + ssh.emit_string(b"proof"))
NEWKEYS = ssh.emit_packet(bytes((ssh.NEWKEYS,)))
SAID = HELLO + offer("other", "curve25519-sha256", ssh.STRICT_SERVER) + REPLY + NEWKEYS + b"\xff encrypted"


class Upper(asyncio.Protocol):
    """What stands in asyncssh's place."""

    def __init__(self) -> None:
        self.got = b""
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


class Meeting:
    """A greeting between a server (a stream) and what stands in asyncssh's place."""

    def __init__(self, check: Callable[[bytes], None] | None = None, early: bytes = b"") -> None:
        loop = asyncio.get_running_loop()
        self.phases: list[Phase] = []
        self.server = Stream(loop)
        self.stream = Stream(loop)
        pair(self.stream, self.server)
        if early:
            self.stream.data_received(early)
        self.greeting = Greeting.of(self.stream, self.phases.append, check)
        self.upper = Upper()
        self.transport = self.stream.attach(self.upper)

    async def turn(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


def play(scene: Callable[[], Any]) -> None:
    virtual.run(scene())


def test_everything_is_seen_and_passed_on() -> None:
    async def scene() -> None:
        meeting = Meeting()
        meeting.transport.write(OWN)
        await meeting.server.write(SAID)
        await meeting.turn()
        seen = meeting.greeting
        assert (str(seen.version), seen.lines, seen.method) == (
            "SSH-2.0-there it is",
            ("welcome",),
            "curve25519-sha256",
        )
        assert seen.proposal is not None
        assert seen.proposal.strict
        assert (seen.host_key, meeting.upper.got, meeting.phases) == (KEY, SAID, [Phase.AUTH])
        assert await meeting.server.read_exactly(len(OWN)) == OWN

    play(scene)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_in_pieces(size: int) -> None:
    async def scene() -> None:
        meeting = Meeting(early=SAID[:size])
        for at in range(0, len(OWN), size):
            meeting.transport.write(OWN[at : at + size])
        for at in range(size, len(SAID), size):
            await meeting.server.write(SAID[at : at + size])
            await meeting.turn()
        seen = meeting.greeting
        assert (seen.host_key, seen.method, meeting.upper.got) == (KEY, "curve25519-sha256", SAID)

    play(scene)


def test_a_key_that_is_refused_ends_it_before_asyncssh_sees_it() -> None:
    def check(key: bytes) -> None:
        raise NetworkError(f"not {ssh.fingerprint(key)}", status=Status.TLS_ERROR)

    async def scene() -> None:
        meeting = Meeting(check)
        meeting.transport.write(OWN)
        await meeting.server.write(SAID)
        await meeting.turn()
        assert isinstance(meeting.greeting.error, NetworkError)
        assert (meeting.upper.got, meeting.upper.lost) == (b"", [None])

    play(scene)


def test_new_keys_without_a_host_key_are_refused() -> None:
    async def scene() -> None:
        meeting = Meeting(lambda key: None)
        meeting.transport.write(OWN)
        await meeting.server.write(HELLO + offer("diffie-hellman-group-exchange-sha256") + REPLY + NEWKEYS)
        await meeting.turn()
        assert isinstance(meeting.greeting.error, RemoteProtocolError)
        assert meeting.upper.got == b""

    play(scene)


@pytest.mark.parametrize("said", [b"\x15\x03\x01\0\x02\x02\x28", b"\xff\xfd\x18", b"SSH-1\r\n"])
def test_what_cannot_be_ssh_is_told_at_once(said: bytes) -> None:
    async def scene() -> None:
        meeting = Meeting(early=said)
        await meeting.turn()
        error = meeting.greeting.error
        assert isinstance(error, RemoteProtocolError)
        assert (error.seen, error.rule) == (said, "RFC 4253 §4.2")
        assert meeting.upper.lost == [None]

    play(scene)


def test_another_greeting_is_given_a_moment() -> None:
    async def scene() -> None:
        meeting = Meeting()
        loop = asyncio.get_running_loop()
        await meeting.server.write(b"220 mail.example ESMTP\r\n")
        await asyncio.sleep(PATIENCE - 0.1)
        assert meeting.greeting.error is None
        await asyncio.sleep(0.2)
        assert isinstance(meeting.greeting.error, RemoteProtocolError)
        assert meeting.greeting.error.seen.startswith(b"220 ")
        assert loop.time() < PATIENCE + 1

    play(scene)


def test_a_late_version_is_in_time() -> None:
    async def scene() -> None:
        meeting = Meeting()
        await meeting.server.write(b"please wait\r\n")
        await asyncio.sleep(PATIENCE / 2)
        await meeting.server.write(b"SSH-2.0-late\r\n")
        await asyncio.sleep(PATIENCE * 2)
        assert (meeting.greeting.error, str(meeting.greeting.version)) == (None, "SSH-2.0-late")

    play(scene)


def test_an_answer_that_ends_early_is_told() -> None:
    async def scene() -> None:
        meeting = Meeting()
        await meeting.server.write(b"Exceeded MaxStartups\r\n")
        meeting.server.abort()
        await meeting.turn()
        assert isinstance(meeting.greeting.error, RemoteProtocolError)
        assert "Exceeded MaxStartups" in meeting.greeting.error.message

    play(scene)
