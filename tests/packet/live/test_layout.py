"""The structures' tables against what a compiler would lay out."""

from __future__ import annotations

import ctypes

from netloom.packet.live import layout

U8, U16, U32, U64, I32 = ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_int32


def structure(*fields: tuple[str, type]) -> type[ctypes.Structure]:
    """A structure as the machine's compiler lays it out."""
    return type("Structure", (ctypes.Structure,), {"_fields_": list(fields)})


REQUEST = structure(*((name, U32) for name in ("size", "blocks", "frame", "frames", "timeout", "private", "features")))
MEMBERSHIP = structure(("index", I32), ("kind", U16), ("length", U16), ("address", U8 * 8))
PROGRAM = structure(("length", U16), ("filter", ctypes.c_void_p))
INSTRUCTION = structure(("code", U16), ("true", U8), ("false", U8), ("value", U32))
BLOCK = structure(
    ("version", U32), ("private", U32), ("status", U32), ("packets", U32), ("first", U32), ("length", U32),
    ("sequence", U64), ("seconds", U32), ("nanoseconds", U32), ("last_seconds", U32), ("last_nanoseconds", U32),
)  # fmt: skip
PACKET = structure(
    ("next", U32), ("seconds", U32), ("nanoseconds", U32), ("kept", U32), ("length", U32), ("status", U32),
    ("mac", U16), ("net", U16), ("hash", U32), ("tag", U32), ("tag_type", U16), ("padding", U16), ("more", U8 * 8),
)  # fmt: skip
ORIGIN = structure(
    ("family", U16), ("protocol", U16), ("index", I32), ("hardware", U16), ("type", U8), ("octets", U8),
    ("address", U8 * 8),
)  # fmt: skip


def place(kind: type[ctypes.Structure], name: str) -> int:
    return int(getattr(kind, name).offset)


def test_sizes() -> None:
    assert layout.REQUEST.size == ctypes.sizeof(REQUEST)
    assert layout.MEMBERSHIP.size == ctypes.sizeof(MEMBERSHIP)
    assert layout.PROGRAM.size == ctypes.sizeof(PROGRAM)
    assert layout.INSTRUCTION.size == ctypes.sizeof(INSTRUCTION)
    assert ctypes.sizeof(BLOCK) == layout.BLOCK_HEADER
    assert ctypes.sizeof(PACKET) == layout.PACKET_HEADER
    assert layout.ORIGIN.size == ctypes.sizeof(ORIGIN)
    assert ctypes.sizeof(PACKET) + ctypes.sizeof(ORIGIN) == layout.ORIGIN_END


def test_places_in_a_block() -> None:
    assert place(BLOCK, "status") == layout.BLOCK_STATUS
    assert place(BLOCK, "packets") == layout.BLOCK_PACKETS
    assert place(BLOCK, "first") == layout.BLOCK_FIRST
    assert place(BLOCK, "length") == layout.BLOCK_LENGTH


def test_a_packet_s_fields_are_read_in_their_order() -> None:
    made = PACKET(
        next=1, seconds=2, nanoseconds=3, kept=4, length=5, status=6, mac=7, net=8, hash=9, tag=10, tag_type=11
    )
    assert layout.PACKET.unpack_from(bytes(made)) == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)


def test_an_origin_s_fields_are_read_in_their_order() -> None:
    made = ORIGIN(family=17, protocol=0x0008, index=-3, hardware=4, type=5, octets=6)
    family, protocol, index, hardware, kind, octets, address = layout.ORIGIN.unpack(bytes(made))
    assert (family, int.from_bytes(protocol, "little" if bytes(U16(1)) == b"\1\0" else "big")) == (17, 8)
    assert (index, hardware, kind, octets, address) == (-3, 4, 5, 6, bytes(8))
    assert layout.PACKET_HEADER + place(ORIGIN, "type") == layout.ORIGIN_TYPE


def test_an_instruction() -> None:
    assert layout.INSTRUCTION.pack(0x15, 1, 2, 0x806) == bytes(INSTRUCTION(code=0x15, true=1, false=2, value=0x806))
