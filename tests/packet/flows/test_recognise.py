"""Every protocol's first words are known as its own; and nobody's are taken for another's."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom import registry
from netloom.packet.flows.declared import recogniser
from netloom.packet.flows.recognise import QUIC, TRANSPORTS, Known, Recogniser, patterns
from netloom.shapes import Pattern, Protocol, Scheme
from tests.packet.flows.payloads import MADE, TOLD_AS

ALL = recogniser()
KNOWN = ALL.known
if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 40


def transports(name: str) -> set[str]:
    return {known.transport for known in KNOWN if known.name == name}


def nobody(name: str, reference: str) -> Callable[[bytes], bool]:
    raise AssertionError(f"{name} asks {reference}")


def told(payload: bytes, sender: str, transport: str) -> str:
    found = ALL.find(transport, sender, payload)
    return found.name if found is not None else ""


def test_every_protocol_is_here() -> None:
    declared = {protocol.name for protocol in registry.protocols()}
    assert set(MADE) | set(TOLD_AS) == declared | {"quic"}
    assert {protocol.name for protocol in registry.protocols() if protocol.recognise} == set(MADE) - {"quic"}


@pytest.mark.parametrize("name", sorted(MADE))
def test_its_first_words_are_its_own(name: str) -> None:
    chance = random.Random(name)
    for _ in range(ROUNDS):
        for said, payload in MADE[name](chance):
            transport, _, sender = said.rpartition(" ")
            for over in [transport] if transport else transports(name):
                assert told(payload, sender, over) == name, (sender, over, payload)


@pytest.mark.parametrize("name", sorted(TOLD_AS))
def test_what_a_payload_does_not_show(name: str) -> None:
    expected, make = TOLD_AS[name]
    for said, payload in make(random.Random(1)):
        transport, _, sender = said.rpartition(" ")
        assert told(payload, sender, transport or "tcp") == expected


def test_a_transport_that_is_not_its_own_is_not_looked_at() -> None:
    assert told(b"SSH-2.0-x\r\n", "client", "udp") == ""
    assert told(b"SSH-2.0-x\r\n", "client", "sctp") == ""
    assert transports("dns") == {"tcp", "udp"}
    assert transports("ntp") == {"udp"}
    assert transports("icmp") == set()
    assert TRANSPORTS == {6: "tcp", 17: "udp"}


def test_what_is_read_for_names() -> None:
    assert {known.name for known in KNOWN if known.wants_head} == {"tls", "quic", "dns"}


def test_octets_that_stand_somewhere_are_found_in_any_case() -> None:
    known = Known(name="x", sender="client", transport="tcp", offset=0, octets=b"G", mask=b"\xff", holds=b"ab/c")
    found = Recogniser([known], nobody).find
    for payload in (b"Gab/c", b"G.....AB/C", b"G aab/c."):
        assert found("tcp", "client", payload) is known
    for payload in (b"G", b"Gab/", b"Gab/d", b"ab/c"):
        assert found("tcp", "client", payload) is None


def test_the_specific_come_first() -> None:
    order = [known.name for known in KNOWN if known.octets == b"GET "]
    assert order == ["rdap", "socketio", "sse", "ws", "http"]
    # What may stand in HTTP and has a scheme of its own as well, as DNS has, is in nothing when it is seen plainly
    order = [known.name for known in KNOWN if known.transport == "udp"]
    assert order.index("quic") < order.index("dns")


def test_masks_are_applied() -> None:
    known = Known(name="x", sender="client", transport="tcp", offset=1, octets=b"\x40", mask=b"\xc0")
    found = Recogniser([known], nobody).find
    assert found("tcp", "client", b"\xff\x7f") is known
    assert found("tcp", "client", b"\xff\x80") is None
    assert found("tcp", "client", b"\x40") is None
    assert found("tcp", "client", b"") is None


def test_declarations_become_data() -> None:
    asked: list[str] = []

    def resolve(name: str, reference: str) -> Callable[[bytes], bool]:
        asked.append(f"{name} {reference}")
        return lambda data: len(data) == 3

    declared = Protocol(
        name="x", rfc="", summary="", schemes={"x": Scheme(1, "udp+tcp"), "xs": Scheme(2, "tls")}, contents=(),
        client="", serve="", probe="", decode="",
        recognise=(Pattern(bytes=b"\xff", mask=b"\x0f", confirm=".decode:three"),),
    )  # fmt: skip
    known = patterns([declared])
    assert [(one.transport, one.octets, one.mask) for one in known if one.name == "x"] == [
        ("tcp", b"\x0f", b"\x0f"),
        ("udp", b"\x0f", b"\x0f"),
    ]
    assert [one for one in known if one.name == "quic"] == list(QUIC)
    found = Recogniser(known, resolve)
    assert found.find("tcp", "client", b"\xaf12") is not None
    assert found.find("tcp", "client", b"\xaf1") is None
    assert found.find("tcp", "server", b"\xaf12") is None
    assert asked == ["x .decode:three"], "what decides is loaded once"


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["client", "server"]), st.sampled_from(["tcp", "udp"]))
def test_arbitrary_octets(payload: bytes, sender: str, transport: str) -> None:
    told(payload, sender, transport)


@settings(deadline=None)
@given(st.data())
def test_changed_words(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(MADE)))
    made = MADE[name](random.Random(data.draw(st.integers(0, 99))))
    said, payload = data.draw(st.sampled_from(made))
    changed = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)))
    for transport in ("tcp", "udp"):
        told(bytes(changed[:cut]), said.split()[-1], transport)
