"""Names that filters know."""

from __future__ import annotations

import pytest

from netloom.packet.filters import names
from netloom.packet.filters.language import WORDS


def test_no_word_is_left_out_and_understood() -> None:
    assert not set(names.LEFT_OUT) & (set(WORDS) | set(names.NUMBERS))


@pytest.mark.parametrize(("name", "number"), [("tcp", 6), ("ospf", 89), ("gre", 47), ("nothing-such", None)])
def test_protocols(name: str, number: int | None) -> None:
    assert names.protocol_number(name) == number


def test_services() -> None:
    assert names.port_numbers("domain") == {"tcp": 53, "udp": 53}
    assert names.port_numbers("tftp") == {"udp": 69}
    assert names.port_numbers("nothing-such") == {}
    assert names.port_numbers("x" * 10_000) == {}
