"""Two ends as people write them."""

from __future__ import annotations

import pytest

from netloom.output.text.places import ends, place
from netloom.output.text.style import Style
from netloom.packet.record import PacketRecord


@pytest.mark.parametrize(
    ("host", "port", "text"),
    [("192.0.2.1", None, "192.0.2.1"), ("192.0.2.1", 80, "192.0.2.1:80"), ("2001:db8::1", 80, "[2001:db8::1]:80")],
)
def test_a_place(host: str, port: int | None, text: str) -> None:
    assert place(host, port) == text


@pytest.mark.parametrize(("unicode", "arrow"), [(True, "→"), (False, "->")])
def test_ends(unicode: bool, arrow: str) -> None:
    packet = PacketRecord(number=1, time=None, src="::1", dst="a", dst_port=2, protocol="x", length=1, captured=1)
    assert ends(packet, Style(colour=False, unicode=unicode)) == f"::1 {arrow} a:2"
