"""SFTP's server: its greeting, and packets that break the rules."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetloomError, PeerRefused
from netloom.protocols.sftp.client import SFTPOptions
from netloom.protocols.sftp.server import identity
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.packets import Version
from tests.protocols.sftp.scenes import begun, raw

if TYPE_CHECKING:
    from tests.protocols.places import Places


class TestRules:
    async def test_what_is_not_understood_is_answered(self, small: Places) -> None:
        dialogue = await begun(small)
        stream = dialogue.stream
        for kind, said, code in (
            (codes.OPEN, b"\0\0\0\xff", codes.BAD_MESSAGE), (99, b"", codes.OP_UNSUPPORTED),
            (codes.DATA, b"\0\0\0\0", codes.OP_UNSUPPORTED), (codes.CLOSE, b"\0\0\0\1x", codes.FAILURE),
            (codes.EXTENDED, b"\0\0\0\1x", codes.OP_UNSUPPORTED), (codes.READLINK, b"\0\0\0\1x", codes.OP_UNSUPPORTED),
            (codes.EXTENDED, b"\0\0\0\x18posix-rename@openssh.com\0", codes.BAD_MESSAGE),
        ):  # fmt: skip
            await stream.write((5 + len(said)).to_bytes(4, "big") + bytes((kind,)) + b"\0\0\x03\xe7" + said)
            size = packets.parse_size(await stream.read_exactly(4))
            packet = packets.parse_packet(await stream.read_exactly(size))
            found = packets.fields(packet)
            assert (packet.kind, packet.number, found[0]) == (codes.STATUS, 999, code), (kind, said, found)
        assert (await dialogue.stat(b"/hello.txt")).size == 14

    @pytest.mark.parametrize(
        "said",
        [
            b"\xff\xff\xff\xff",
            b"\0\0\0\0",
            packets.emit_version(codes.VERSION, Version(3)),
            b"\0\0\0\1\1",
            b"GET / HTTP",
        ],
    )
    async def test_what_is_no_sftp_ends_the_session(self, small: Places, said: bytes) -> None:
        stream = await raw(small)
        await stream.write(said)
        with contextlib.suppress(NetloomError):
            assert await stream.read() == b""
        assert stream.exit_status is None
        assert (await (await begun(small)).stat(b"/hello.txt")).size == 14

    async def test_another_version(self, small: Places) -> None:
        stream = await raw(small)
        await stream.write(packets.emit_version(codes.INIT, Version(6)))
        size = packets.parse_size(await stream.read_exactly(4))
        found = packets.parse_version(await stream.read_exactly(size), codes.VERSION)
        assert found.number == 3
        assert codes.LIMITS in dict(found.extensions)

    async def test_who_says_nothing_is_let_go_quietly(self, small: Places) -> None:
        stream = await raw(small)
        await stream.write_eof()
        assert await stream.read() == b""
        await stream.ended()
        assert stream.exit_status == 0


class TestStopping:
    async def test_files_are_finished_and_no_others_begun(self, small: Places) -> None:
        dialogue = await begun(small)
        reading = await dialogue.open(b"/hello.txt", codes.FOR_READING)
        writing = await dialogue.open(b"/x", codes.FOR_WRITING | codes.CREATE)
        await dialogue.ask(codes.WRITE, writing, 0, b"abc")
        stopping = asyncio.ensure_future(small.serving.stop(60.0))
        while small.serving._listeners:  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        with pytest.raises(PeerRefused, match="the server stops"):
            await dialogue.open(b"/hello.txt", codes.FOR_READING)
        await dialogue.ask(codes.WRITE, writing, 3, b"def")
        await dialogue.close(writing)
        assert await dialogue.ask(codes.READ, reading, 0, 99, wanted=codes.DATA) == (b"warp and weft\n",)
        await dialogue.close(reading)
        with contextlib.suppress(NetloomError):
            await dialogue.stream.read()
        assert await stopping == 1
        assert small.said("PUT") == [("ann", "/x", "ok")]

    async def test_who_only_has_a_listing_is_not_waited_for(self, small: Places) -> None:
        dialogue = await begun(small)
        await dialogue.ask(codes.OPENDIR, b"/", wanted=codes.HANDLE)
        assert await small.serving.stop(1e9) == 1


def test_what_is_told_when_serving_begins() -> None:
    assert identity(SFTPOptions(host_key="none"))["hostkey"].startswith("SHA256:")
