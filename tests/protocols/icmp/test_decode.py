"""ICMP, the passive decoder: each version's messages in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.conversation import ip_packet
from netloom.protocols.icmp.decode import Decoder, version_of
from netloom.wire import icmp
from tests.wire.test_icmp import HERE, HERE_6, THERE, THERE_6

ASKED = icmp.Echo(4, False, 7, 3, b"hello")
QUOTED = ip_packet(HERE, THERE, 1, icmp.emit(ASKED), 1)
QUOTED_6 = ip_packet(HERE_6, THERE_6, 58, icmp.emit(icmp.Echo(6, False, 7, 3)), 1)
LABELS = icmp.Extension(1, 1, bytes.fromhex("0001f101"))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (ASKED, "echo request id 7 seq 3, 5 bytes: 'hello'"),
        (icmp.Echo(6, True, 7, 3, b"\xff"), "echo reply id 7 seq 3, 1 bytes"),
        (
            icmp.Problem(4, 11, 0, QUOTED),
            "time to live exceeded in transit, for echo request id 7 seq 3 to 192.0.2.9",
        ),
        (icmp.Problem(6, 3, 0, QUOTED_6), "hop limit exceeded in transit, for echo request id 7 seq 3 to 2001:db8::9"),
        (icmp.Problem(6, 4, 1, QUOTED_6, 40), "unrecognized next header (40), for echo request"),
        (icmp.Problem(4, 5, 1, QUOTED, 0x0A000001), "redirect for the host: better by 10.0.0.1, for"),
        (icmp.Problem(4, 3, 4, QUOTED, 1400), "fragmentation needed, but forbidden (1400), for"),
        (icmp.Problem(4, 11, 0, QUOTED.ljust(128, b"\0"), 0, (LABELS,)), "MPLS labels 31"),
        (icmp.Problem(4, 3, 1, b""), "host unreachable, for something that isn't quoted"),
        (icmp.Timestamp(True, 1, 1, 0, 5, 6), "timestamp reply: received at 5 ms, answered at 6 ms"),
        (icmp.Other(6, 135, 0), "neighbor solicitation"),
        (icmp.Other(4, 42, 1), "extended echo request, code 1"),
    ],
)
def test_words(message: icmp.Message, words: str) -> None:
    (said,) = Decoder().feed("client", icmp.emit(message))
    assert words in said.words


def test_what_is_none_is_said_to_be_none() -> None:
    (said,) = Decoder().feed("server", b"short")
    assert "no ICMP message" in said.words


def test_versions_are_told_apart() -> None:
    assert version_of(icmp.emit(icmp.Problem(6, 3, 0, QUOTED_6))) == 6
    assert version_of(icmp.emit(icmp.Problem(4, 3, 0, QUOTED))) == 4
    assert version_of(b"") == 4


@given(st.binary(max_size=200))
def test_it_never_raises(data: bytes) -> None:
    assert len(Decoder().feed("server", data)) == 1
