"""Where data connections go."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.ftp import addresses
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from collections.abc import Callable

v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
v6 = st.integers(0, 2**128 - 1).map(IPv6Address)
ports = st.integers(1, 65535)


@given(v4, ports)
def test_port_and_pasv(host: IPv4Address, port: int) -> None:
    six = addresses.emit_port(str(host), port)
    assert addresses.parse_port(six) == (str(host), port)
    assert addresses.parse_passive(f"Entering Passive Mode ({six}).") == (str(host), port)
    assert addresses.parse_passive(f"={six}") == (str(host), port), "RFC 1123 §4.1.2.6: without parentheses"


@given(st.one_of(v4, v6), ports)
def test_eprt(host: IPv4Address | IPv6Address, port: int) -> None:
    assert addresses.parse_extended_port(addresses.emit_extended_port(str(host), port)) == (str(host), port)


@given(ports)
def test_epsv(port: int) -> None:
    assert addresses.parse_extended_passive(f"Mode {addresses.emit_extended_passive(port)}") == port


def test_other_delimiters() -> None:
    assert addresses.parse_extended_port("!1!192.0.2.1!6275!") == ("192.0.2.1", 6275)
    assert addresses.parse_extended_passive("(!!!6446!)") == 6446


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((addresses.parse_port, text) for text in (
            "", "1,2,3,4,5", "1,2,3,4,5,6,7", "256,0,0,1,4,1", "1,2,3,4,0,0", "1,2,3,4,256,1", "a,2,3,4,5,6",
            "1,2,3,4,5,6 x", "\u0661,2,3,4,5,6",
        )),
        *((addresses.parse_passive, text) for text in ("", "(1,2,3)", "(999,0,0,1,4,1)", "(1,2,3,4,0,0)")),
        *((addresses.parse_extended_port, text) for text in (
            "", "|1|192.0.2.1|0|", "|1|192.0.2.1|65536|", "|2|192.0.2.1|21|", "|1|::1|21|", "|3|x|21|",
            "|1|example.org|21|", "|2|fe80::1%eth0|21|", "|1|192.0.2.1|21", "|1!192.0.2.1|21|",
        )),
        *((addresses.parse_extended_passive, text) for text in ("", "(|||0|)", "(|||65536|)", "(||1|)", "|||21|")),
    ],
)  # fmt: skip
def test_what_is_none(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(text)
    assert caught.value.rule


@pytest.mark.parametrize(("host", "port"), [("::1", 21), ("127.0.0.1", 0), ("127.0.0.1", 65536), ("localhost", 21)])
def test_what_cannot_be_said(host: str, port: int) -> None:
    with pytest.raises(LocalProtocolError):
        addresses.emit_port(host, port)
    if host == "::1":
        return
    with pytest.raises(LocalProtocolError):
        addresses.emit_extended_port(host, port)


def test_a_zone_is_not_told() -> None:
    assert addresses.emit_extended_port("fe80::1%eth0", 2000) == "|2|fe80::1|2000|"


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("parse", "sample"),
    [
        (addresses.parse_port, b"127,0,0,1,195,80"), (addresses.parse_passive, b"Passive (127,0,0,1,195,80)"),
        (addresses.parse_extended_port, b"|2|1080::8:800:200C:417A|5282|"),
        (addresses.parse_extended_passive, b"Extended (|||6446|)"),
    ],
)  # fmt: skip
def test_hostile_bytes(parse: Callable[[str], object], sample: bytes) -> None:
    hammer(lambda data: parse(data.decode("latin-1")), [sample])
