"""Heads: recognised once, read within their bounds, let go of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows import heads
from netloom.packet.flows.heads import OCTETS, PACKETS, Head, Heads
from netloom.packet.flows.recognise import Known, Recogniser
from netloom.packet.flows.tracked import TCP, UDP, Names
from netloom.wire.tls_hello import emit
from tests.packet.flows.test_names import ASKED, question
from tests.wire.test_tls_hello import HELLO, records

if TYPE_CHECKING:
    import pytest


def known(name: str, transport: str, octets: bytes, sender: str = "client", *, wants: bool = False) -> Known:
    mask = b"\xff" * len(octets)
    return Known(name=name, sender=sender, transport=transport, offset=0, octets=octets, mask=mask, wants_head=wants)


RECOGNISER = Recogniser(
    [
        known("tls", "tcp", b"\x16", wants=True),
        known("dns", "udp", b"\0\1", wants=True),
        known("ssh", "tcp", b"SSH", sender="server"),
    ],
    resolve=lambda *_: bool,
)
STREAM = records(emit(HELLO))


def test_who_says_what_decides() -> None:
    made = Heads(RECOGNISER)
    head = Head(TCP)
    made.recognise(head, 0, b"SSH-2.0")
    assert head.app == ""
    made.recognise(head, 1, b"SSH-2.0")
    assert head.app == "ssh"
    assert head.reader is None
    made.recognise(head, 0, STREAM)
    assert head.app == "ssh"


def test_without_patterns_nothing_is_known() -> None:
    made = Heads()
    head = Head(TCP)
    made.recognise(head, 0, STREAM)
    made.read(head, 0, STREAM, whole=True)
    made.close(head)
    assert head == Head(TCP)


def opened(protocol: int, payload: bytes) -> tuple[Heads, Head]:
    made = Heads(RECOGNISER)
    head = Head(protocol)
    made.recognise(head, 0, payload)
    return made, head


def test_reading_ends_when_all_is_known() -> None:
    made, head = opened(TCP, STREAM)
    made.read(head, 0, STREAM[:30], whole=True)
    made.read(head, 1, b"the server's", whole=True)
    assert head.packets == (1, 0)
    assert head.names == Names()
    made.read(head, 0, STREAM[30:], whole=True)
    assert head.names == ASKED
    assert head.reader is None
    assert made._octets == 0


def test_what_was_not_captured_whole_is_the_last() -> None:
    made, head = opened(TCP, STREAM)
    made.read(head, 0, STREAM[:30], whole=False)
    made.read(head, 0, STREAM[30:], whole=True)
    assert head.names == Names()
    made, head = opened(TCP, STREAM)
    made.read(head, 0, STREAM, whole=False)
    assert head.names == ASKED


def test_four_payloads() -> None:
    made, head = opened(TCP, STREAM)
    for at in range(PACKETS):
        assert head.reader is not None
        made.read(head, 0, STREAM[at : at + 1], whole=True)
    assert head.reader is None
    made, head = opened(UDP, b"\0\1")
    for at in range(PACKETS + 2):
        made.read(head, 0, question(f"f{at}.example."), whole=True)
        made.read(head, 1, question(f"b{at}.example."), whole=True)
    assert head.names.queries == tuple(f"{side}{at}.example" for at in range(PACKETS) for side in "fb")


def test_each_direction_has_four() -> None:
    made, head = opened(UDP, b"\0\1")
    for at in range(PACKETS + 2):
        made.read(head, 0, question(f"f{at}.example."), whole=True)
    made.read(head, 1, question("b.example."), whole=True)
    made.close(head)
    assert head.names.queries == (*(f"f{at}.example" for at in range(PACKETS)), "b.example")


def test_eight_kibibytes() -> None:
    long = records(emit(HELLO)[:4] + b"x")[:9].replace(b"\0\x05\x01\0\0", b"\x3f\xff\x01\0\x3f") + bytes(20_000)
    made, head = opened(TCP, long)
    made.read(head, 0, long[:8000], whole=True)
    assert head.reader is not None
    made.read(head, 0, long[8000:], whole=True)
    assert head.octets == (OCTETS, 0)
    assert head.reader is None


def test_going_on_with_what_somebody_else_has_read() -> None:
    made, head = Heads(RECOGNISER), Head(UDP, app="dns")
    made.go_on(head, question("a.example."), (3, 1), (90, 30))
    made.read(head, 0, question("b.example."), whole=True)
    made.read(head, 0, question("c.example."), whole=True)
    assert made._octets == 120 + len(question("b.example."))
    made.close(head)
    assert head.names.queries == ("a.example", "b.example")
    assert made._octets == 0


def test_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "ALL", 100)
    made = Heads(RECOGNISER)
    held = [Head(TCP) for _ in range(5)]
    for head in held:
        made.recognise(head, 0, STREAM)
        made.read(head, 0, STREAM[:40], whole=True)
    assert [head.reader is None for head in held] == [False, False, True, True, True]
    assert made.unread == 3
    made.close(held[0])
    made.recognise(held[4], 0, STREAM)
    assert made._octets == 40
