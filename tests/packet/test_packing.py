"""Numbers as octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.formats import hop_by_hop, icmp, routing, sctp
from netloom.packet.packing import numbers

if TYPE_CHECKING:
    from collections.abc import Callable


def test_numbers() -> None:
    assert numbers("a pair", ">HB", 1, 2) == b"\0\1\2"
    with pytest.raises(UsageError, match="a pair of 65536, 2: "):
        numbers("a pair", ">HB", 65536, 2)
    with pytest.raises(UsageError, match="a pair of x, 2: "):
        numbers("a pair", ">HB", "x", 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: hop_by_hop.router_alert(65536),
        lambda: hop_by_hop.jumbo(-1),
        lambda: icmp.echo(65536, 1),
        lambda: routing.segments("::1", tag=65536),
        lambda: routing.segments(*["::1"] * 257),
        lambda: sctp.chunk(256),
        lambda: sctp.chunk(0, 0, bytes(65536)),
        lambda: sctp.init(-1),
        lambda: sctp.message(b"", stream=65536),
    ],
)
def test_functions_of_formats_refuse_what_has_no_place(make: Callable[[], bytes]) -> None:
    with pytest.raises(UsageError, match=" of "):
        make()
