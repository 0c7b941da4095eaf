"""Raw IP: what is read is IP of the version that its first octet tells."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.packet.dissect import dissect
from netloom.packet.formats import layers
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.raw_ip import RawIP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.layer import Cut
from netloom.packet.row import CUT, LYING
from tests.packet.formats.agreement import again


@pytest.mark.parametrize("link", [12, 14, 101])
def test_either_version(link: int) -> None:
    for layer, version in ((IPv4(), 4), (IPv6(), 6)):
        row = again(layer / UDP() / b"abc", link=link)
        assert (row.version, row.tunnels, row.payload_length) == (version, 0, 3)


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="version 5 where IP is") as caught:
        RawIP.parse(b"\x50")
    assert caught.value.offset == 0
    with pytest.raises(Cut):
        RawIP.parse(b"")
    assert dissect(Frame(data=b"", timestamp_ns=None, link_type=101, length=40)).row.anomaly == CUT
    assert dissect(Frame(data=b"", timestamp_ns=None, link_type=101, length=0)).row.anomaly == LYING


@given(st.binary(max_size=60))
def test_any_octets(data: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert type(RawIP.parse(data).layer) in (IPv4, IPv6)


def test_it_is_no_layer() -> None:
    assert "RawIP" not in layers()
