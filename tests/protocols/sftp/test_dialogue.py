"""SFTP's client and servers that break the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError
from netloom.protocols.sftp.dialogue import BLOCK, LARGEST
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Limits, Name, Version
from tests.protocols.sftp.scenes import HELLO, LIMITED, meet, status

if TYPE_CHECKING:
    from collections.abc import Callable


class TestGreetings:
    @pytest.mark.parametrize(
        "hello",
        [
            b"\xff\xff\xff\xff", b"\0\0\0\5\x09aaaa", packets.emit_version(codes.VERSION, Version(2)),
            b"\0\0\0\7\2\0\0\0\3ab", b"SSH is fine here\r\n",
        ],
    )  # fmt: skip
    async def test_what_is_no_sftp(self, monkeypatch: pytest.MonkeyPatch, hello: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            await meet(monkeypatch, hello, lambda packet: b"", lambda client: client.dialogue())

    @pytest.mark.parametrize(
        ("limits", "block"),
        [
            ((0, 0, 0, 0), BLOCK),
            ((2**20, 2**20, 2**20, 9), LARGEST),
            ((0, 2**20, 50_000, 0), 50_000),
            ((1, 1, 1, 1), 1024),
        ],
    )
    async def test_how_large_a_request_is(
        self, monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int, int, int], block: int
    ) -> None:
        def answer(packet: Any) -> bytes:
            return packets.emit(codes.EXTENDED_REPLY, packet.number, packets.emit_limits(Limits(*limits)))

        async def act(client: Any) -> int:
            return int((await client.dialogue()).block)

        assert await meet(monkeypatch, LIMITED, answer, act) == block


class TestListings:
    async def test_one_that_goes_on_without_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(packet: Any) -> bytes:
            if packet.kind == codes.STAT:
                return packets.emit(codes.ATTRS, packet.number, Attributes(permissions=0o40755))
            if packet.kind == codes.OPENDIR:
                return packets.emit(codes.HANDLE, packet.number, b"h")
            return packets.emit(codes.NAME, packet.number, ())

        async def act(client: Any) -> None:
            [entry async for entry in client.list("/")]

        with pytest.raises(RemoteProtocolError, match="no names, and no end"):
            await meet(monkeypatch, HELLO, answer, act)


class TestAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda packet: packets.emit(codes.DATA, packet.number, b"x"),
            lambda packet: packets.emit(codes.HANDLE, packet.number + 7, b"x"),
            lambda packet: packets.emit(codes.STATUS, packet.number, codes.OK, b"", b""),
            lambda packet: b"\0\0\0\5" + bytes((99,)) + packet.number.to_bytes(4, "big"),
            lambda packet: b"\0\0\0\6" + bytes((codes.HANDLE,)) + packet.number.to_bytes(4, "big") + b"x",
            lambda packet: b"\0\0\0\2xx",
            lambda packet: b"\x7f\0\0\0",
        ],
    )
    async def test_what_was_not_asked_for(
        self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any], bytes]
    ) -> None:
        with pytest.raises(RemoteProtocolError):
            await meet(monkeypatch, HELLO, answer, lambda client: client.get("/x"))

    async def test_who_hangs_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConnectionLost):
            await meet(monkeypatch, HELLO, lambda packet: b"", lambda client: client.get("/x"))

    async def test_what_is_refused_in_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(PeerRefused, match="/x: out of paper") as caught:
            await meet(monkeypatch, HELLO, lambda p: status(p, codes.FAILURE, b"out of paper"), lambda c: c.get("/x"))
        assert (caught.value.code, caught.value.text) == (codes.FAILURE, "out of paper")
        with pytest.raises(PeerRefused, match="/x: operation unsupported"):
            await meet(monkeypatch, HELLO, lambda p: status(p, codes.OP_UNSUPPORTED), lambda c: c.get("/x"))

    async def test_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(packet: Any) -> bytes:
            return packets.emit(codes.NAME, packet.number, (Name(b"a", b"", Attributes()),) * 2)

        with pytest.raises(RemoteProtocolError, match="one name is expected, not 2"):
            await meet(monkeypatch, HELLO, answer, lambda client: client.run("realpath"))
