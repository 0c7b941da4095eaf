"""A row's columns have widths that hold what headers say."""

from __future__ import annotations

import struct

from netloom.packet.row import Row, columns

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
