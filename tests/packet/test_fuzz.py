"""Random values where nothing was said, and the same again from the same seed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from netloom.packet import ICMP, TCP, UDP, Ethernet, IPv4, IPv6, Packet, Raw
from netloom.packet.craft import Recipe
from netloom.packet.dissect import dissect
from netloom.packet.formats import layers
from netloom.packet.fuzz import fuzz
from tests.packet.formats.agreement import frame

PLAIN = Ethernet() / IPv4(dst="192.0.2.1") / TCP() / b"data"
SEEDS = range(200)
FIXED = {"Destination", "HopByHop", "Loop", "Loopback", "PPP"}
"""Those where all that isn't filled in is options, or how the others are written."""


def test_the_same_seed_gives_the_same() -> None:
    assert fuzz(PLAIN, 7) == fuzz(PLAIN, 7)
    assert len({fuzz(PLAIN, seed) for seed in SEEDS}) == len(SEEDS)


def test_what_was_said_stays() -> None:
    packet = (
        Ethernet(src="02:00:00:00:00:01") / IPv4(dst="192.0.2.1", ttl=9) / TCP(flags="A", options=b"\1\1\1\1") / b"data"
    )
    for seed in SEEDS:
        found = fuzz(packet, seed)
        assert (found[Ethernet].src, found[IPv4].ttl, str(found[IPv4].dst)) == ("02:00:00:00:00:01", 9, "192.0.2.1")
        assert (found[TCP].flags, found[TCP].options, found[Raw].data) == ("A", b"\1\1\1\1", b"data")


def test_also_where_it_is_the_default() -> None:
    recipe = Recipe('IPv4() / TCP(flags="S", dport=80)')
    packet = next(iter(recipe))
    for seed in SEEDS:
        found = fuzz(packet, seed, recipe.given)
        assert (found[TCP].flags, found[TCP].dport) == ("S", 80)
    assert len({fuzz(packet, seed, recipe.given)[TCP].sport for seed in SEEDS}) > 100
    assert len({fuzz(packet, seed)[TCP].flags for seed in SEEDS}) > 50


def test_destinations_stay_and_nothing_becomes_a_fragment() -> None:
    for seed in SEEDS:
        found = fuzz(Ethernet() / IPv4() / UDP() / b"x", seed)
        assert (found[Ethernet].dst, str(found[IPv4].dst)) == ("ff:ff:ff:ff:ff:ff", "127.0.0.1")
        assert (found[IPv4].fragment, found[IPv4].more_fragments) == (0, False)


def test_every_value_occurs() -> None:
    found = [fuzz(Packet((IPv6(),)), seed)[IPv6] for seed in SEEDS]
    assert {layer.ecn for layer in found} == {0, 1, 2, 3}
    assert len({layer.dscp for layer in found}) > 50
    assert max(layer.flow_label for layer in found) > 0xF0000
    assert min(layer.flow_label for layer in found) < 0x0FFFF
    assert len({layer.src for layer in found}) == len(SEEDS)


def test_a_header_stays_as_long_as_it_is() -> None:
    for seed in SEEDS:
        found = fuzz(PLAIN, seed)
        assert (found[IPv4].options, found[TCP].options) == (b"", b"")


@given(st.integers(0, 1 << 64))
def test_what_comes_out_is_a_packet(seed: int) -> None:
    for packet in (PLAIN, IPv6() / UDP() / b"x", IPv4() / ICMP() / b"x"):
        fuzzed = fuzz(packet, seed)
        link = {Ethernet: 1, IPv4: 228, IPv6: 229}[type(packet.layers[0])]
        found = dissect(frame(fuzzed, link))
        assert found.row.anomaly == 0
        assert [type(layer) for layer in found.packet] == [type(layer) for layer in packet]
        for layer, other in zip(fuzzed, found.packet, strict=True):
            for field in fields(layer):
                value = getattr(layer, field.name)
                assert value is None or value == getattr(other, field.name)


@pytest.mark.parametrize("name", layers())
def test_every_layer_can_be_written_then(name: str) -> None:
    kind = layers()[name]
    seen = set()
    for seed in range(40):
        packet = fuzz(IPv4() / kind(), seed)
        bytes(packet)
        seen.add(packet[kind])
    assert len(seen) > 1 or name in FIXED


def test_a_layer_that_is_told_to_be_wrong_stays() -> None:
    wrong = IPv4(header=8) / UDP(length=3, dport=1)
    assert fuzz(wrong, 1) == wrong
