"""SFTP, and SSH as it passes."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.wire import ssh
from netloom.wire.sftp import attributes, codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Limits, Name, Packet, Space, Version
from tests.security.parsers.parser import Parser

TOLD = Attributes(size=14, owner=(0, 0), permissions=0o100644, times=(1, 2), extended=((b"a@b", b"c"),))
REQUESTS = [
    packets.emit(codes.OPEN, 1, b"/a", codes.FOR_WRITING | codes.CREATE, TOLD),
    packets.emit(codes.WRITE, 2, b"\0\0\0\1", 2**40, b"warp"),
    packets.emit(codes.READ, 3, b"\0\0\0\1", 0, 2**32 - 1),
    packets.emit(codes.CLOSE, 4, b"\0\0\0\1"),
    packets.emit(codes.SETSTAT, 5, b"/a", TOLD),
    packets.emit(codes.OPENDIR, 6, b"/"),
    packets.emit(codes.READDIR, 7, b"\0\0\0\2"),
    packets.emit(codes.RENAME, 8, b"/a", b"/b"),
    packets.emit(codes.REALPATH, 9, b"."),
    packets.emit(codes.EXTENDED, 10, codes.POSIX_RENAME, b"\0\0\0\1a\0\0\0\1b"),
    packets.emit(codes.EXTENDED, 11, codes.FSYNC, b"\0\0\0\4\0\0\0\1"),
]
ANSWERS = [
    packets.emit(codes.STATUS, 1, codes.FAILURE, b"no", b"en"),
    packets.emit(codes.HANDLE, 2, b"\0\0\0\1"),
    packets.emit(codes.DATA, 3, b"warp and weft\n"),
    packets.emit(codes.NAME, 4, (Name(b"a", b"-rw-r--r-- a", TOLD), Name(b"b", b"", Attributes()))),
    packets.emit(codes.ATTRS, 5, TOLD),
    packets.emit(codes.EXTENDED_REPLY, 6, packets.emit_limits(Limits(1, 2, 3, 4))),
]
INIT = packets.emit_version(codes.INIT, Version(3))
HELLO = packets.emit_version(codes.VERSION, Version(3, ((codes.LIMITS, b"1"), (codes.STATVFS, b"2"))))


def _whole(said: bytes) -> object:
    """A packet with its length."""
    size = packets.parse_size(said[:4])
    if len(said) != 4 + size:
        raise RemoteProtocolError("cut")
    return packets.fields(packets.parse_packet(said[4:]))


def _attributes(said: bytes) -> object:
    found, end = attributes.parse(said, 0)
    assert end <= len(said)
    return found


PARSERS = {
    "sftp requests": Parser(_whole, REQUESTS),
    "sftp answers": Parser(_whole, ANSWERS),
    "sftp bodies": Parser(
        lambda said: packets.fields(Packet(said[0] if said else 0, 1, said[1:])),
        [said[4:5] + said[9:] for said in REQUESTS + ANSWERS],
    ),
    "sftp attributes": Parser(_attributes, [attributes.emit(TOLD), attributes.emit(Attributes())]),
    "sftp INIT": Parser(lambda said: packets.parse_version(said, codes.INIT), [INIT[4:]]),
    "sftp VERSION": Parser(lambda said: packets.parse_version(said, codes.VERSION), [HELLO[4:]]),
    "sftp limits": Parser(packets.parse_limits, [packets.emit_limits(Limits(1, 2, 3, 4))]),
    "sftp room": Parser(packets.parse_space, [packets.emit_space(Space(*range(11)))]),
}
SAID = {
    "sftp": [
        b"".join([INIT, *REQUESTS]),
        b"".join([HELLO, *ANSWERS]),
        b"SSH-2.0-x\r\n" + ssh.emit_packet(b"\x14" + bytes(62)),
    ]
}
