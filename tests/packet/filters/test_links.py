"""Where frames have what filters look at."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.packet.filters.assembler import Compare, equal
from netloom.packet.filters.links import LINKS, Field, Link, link


def behind(before: Link, *kinds: str) -> Link:
    for kind in kinds:
        found = before.tagged(kind)
        assert not isinstance(found, str)
        before = found[1]
    return before


def test_tags_move_what_is_behind_them() -> None:
    first = link(1)
    assert (first.type, first.network) == (12, 14)
    assert behind(first, "vlan", "vlan").network == 22
    assert behind(first, "vlan").type == 16
    assert behind(first, "mpls", "mpls").network == 22
    assert behind(first, "pppoes").network == 22
    assert behind(first, "vlan", "pppoes", "mpls").network == 30


def test_their_numbers() -> None:
    fields = [found[2] for kind in ("vlan", "mpls", "pppoes") if not isinstance(found := link(1).tagged(kind), str)]
    assert fields == [Field(14, 2, 0x0FFF, 0), Field(14, 4, 0xFFFFF000, 12), Field(16, 2, 0xFFFF, 0)]


@pytest.mark.parametrize(
    ("link_type", "number", "logic"),
    [
        (1, 0x0800, equal(12, 2, 0x0800)),
        (101, 0x0800, equal(0, 1, 0x40, 0xF0)),
        (101, 0x0806, False),
        (228, 0x0800, True),
        (228, 0x86DD, False),
        (229, 0x86DD, True),
        (113, 0x0806, equal(14, 2, 0x0806)),
        (276, 0x0806, equal(0, 2, 0x0806)),
        (108, 0x0800, equal(0, 4, 2)),
        (108, 0x0806, False),
    ],
)
def test_what_is_carried(link_type: int, number: int, logic: Compare | bool) -> None:
    assert link(link_type).carries(number) == logic


def test_behind_mpls_only_ip_can_be_told() -> None:
    assert behind(link(1), "mpls").carries(0x0806) is None


def test_other_links_are_refused() -> None:
    with pytest.raises(UsageError, match="link type 127") as caught:
        link(127)
    assert all(str(number) in caught.value.hint for number in LINKS)
