"""A row's columns have widths that hold what headers say."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netloom.packet.row import MAPPED, Row, address, columns

_FORMATS = {"u1": "B", "u2": "H", "u4": "I", "u8": "Q", "i4": "i", "i8": "q"}


def test_each_column_has_a_width() -> None:
    widths = columns()
    assert list(widths) == list(Row.__struct_fields__)
    for name, width in widths.items():
        struct.pack(_FORMATS[width], getattr(Row(), name))


def test_an_inner_ip_forgets_the_outer_transport() -> None:
    row = Row()
    row.inside(4)
    row.src_port, row.flags, row.icmp_type = 1, 2, 3
    row.inside(6)
    assert (row.version, row.tunnels, row.src_port, row.flags, row.icmp_type) == (6, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("high", "low", "version", "text"),
    [
        (0, MAPPED | 0xC0000201, 4, "192.0.2.1"),
        (0, MAPPED | 0xC0000201, 0, "192.0.2.1"),
        (0, MAPPED | 0xC0000201, 6, "::ffff:192.0.2.1"),
        (0x20010DB8 << 32, 1, 6, "2001:db8::1"),
        (0, 0, 6, "::"),
    ],
)
def test_an_address_in_text(high: int, low: int, version: int, text: str) -> None:
    assert address(high, low, version) in (text, str(ip_address(text)))
