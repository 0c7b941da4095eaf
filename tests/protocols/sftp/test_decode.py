"""What SFTP's passive decoder says of a dialogue."""

from __future__ import annotations

import pytest

from netloom.protocols.sftp.decode import Decoder
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Name, Version

CLIENT = (
    packets.emit_version(codes.INIT, Version(3))
    + packets.emit(codes.OPEN, 1, b"/a", 1, Attributes())
    + packets.emit(codes.READ, 2, b"\1\2", 10, 20)
    + packets.emit(codes.WRITE, 3, b"\1\2", 10, b"can4ry")
    + packets.emit(codes.RENAME, 4, b"/a", b"/b")
    + packets.emit(codes.EXTENDED, 5, codes.POSIX_RENAME, b"rest")
    + packets.emit(codes.SETSTAT, 6, b"/a", Attributes(size=3, owner=(0, 7)))
    + packets.emit(codes.FSETSTAT, 7, b"\1\2", Attributes(permissions=0o640, times=(1, 2)))
    + packets.emit(codes.OPEN, 8, b"/b", codes.FOR_WRITING | codes.CREATE | codes.TRUNCATE, Attributes())
)
SERVER = (
    packets.emit_version(codes.VERSION, Version(3, ((codes.LIMITS, b"1"),)))
    + packets.emit(codes.HANDLE, 1, b"\1\2")
    + packets.emit(codes.DATA, 2, b"can4ry")
    + packets.emit(codes.STATUS, 3, codes.FAILURE, b"Failure", b"")
    + packets.emit(codes.STATUS, 4, codes.NO_SUCH_FILE, b"gone", b"")
    + packets.emit(codes.NAME, 5, (Name(b"x", b"", Attributes()),))
    + packets.emit(codes.ATTRS, 6, Attributes(size=5))
    + packets.emit(codes.EXTENDED_REPLY, 7, b"12")
)
WORDS = [
    "version 3", "1 OPEN /a read", "2 READ 0102 at 10, 20 bytes", "3 WRITE 0102 at 10, 6 bytes", "4 RENAME /a /b",
    "5 EXTENDED posix-rename@openssh.com", "6 SETSTAT /a size 3, owner 0:7", "7 FSETSTAT 0102 mode 640, modified 2",
    "8 OPEN /b write+create+truncate", "version 3, limits@openssh.com", "1 HANDLE 0102", "2 DATA 6 bytes",
    "3 STATUS failure", "4 STATUS no such file: gone", "5 NAME 1: x", "6 ATTRS file, 5 bytes",
    "7 EXTENDED_REPLY 2 bytes",
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_dialogue_in_words(size: int) -> None:
    decoder = Decoder()
    said = []
    for who, data in (("client", CLIENT), ("server", SERVER)):
        for at in range(0, len(data), size):
            said += decoder.feed(who, data[at : at + size])
    assert [one.words for one in said] == WORDS
    assert sum(one.size for one in said) == len(CLIENT + SERVER)


def test_inside_ssh_nothing_is_seen() -> None:
    decoder = Decoder()
    assert [said.words for said in decoder.feed("server", b"SSH-2.0-x\r\n")] == ["SSH-2.0-x"]
    assert [said.words for said in decoder.feed("client", b"\xff\xff")] != ["2 bytes, encrypted"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_ssh_in_small_pieces(size: int) -> None:
    decoder, said = Decoder(), b"Welcome\r\nSSH-2.0-x\r\n"
    words = [one.words for at in range(0, len(said), size) for one in decoder.feed("server", said[at : at + size])]
    assert words == ["SSH-2.0-x after 1 lines"]


def test_what_is_no_sftp() -> None:
    decoder = Decoder()
    assert decoder.feed("server", b"\xff\xff\xff\xff")[0].words.startswith("no SFTP: a packet of 4294967295 bytes")
    assert decoder.feed("server", b"more")[0].words == "4 bytes"


def test_what_is_long_is_cut() -> None:
    long = b"x" * 100_000
    for kind, values in (
        (codes.WRITE, (long, 0, long)), (codes.OPEN, (long, 1, Attributes())), (codes.CLOSE, (long,)),
        (codes.RENAME, (long, long)), (codes.FSETSTAT, (long, Attributes(size=1))),
    ):  # fmt: skip
        decoder = Decoder()
        (_, said) = decoder.feed(
            "client", packets.emit_version(codes.INIT, Version(3)) + packets.emit(kind, 1, *values)
        )
        assert len(said.words) < 200
        assert not decoder._buffers["client"]
