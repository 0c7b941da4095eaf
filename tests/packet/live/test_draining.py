"""A ring is drained as far as is asked for; kernels do it where they are ready, and nobody waits for a compiler."""

from __future__ import annotations

import pytest

from netloom.packet.kernels import compiled
from netloom.packet.kernels.drain import Drained
from netloom.packet.live.compose import pcap_records
from netloom.packet.live.draining import Plain, drain
from tests.packet.live import filled

PUTS = [filled.Put(bytes([number]) * 60, 60, nanoseconds=number) for number in range(5)]


def test_a_block_at_a_time() -> None:
    ring = filled.ring(filled.octets(PUTS), filled.octets([]), filled.octets(PUTS[:2]))
    drained = Plain(ring, "pcap")
    wanted = [pcap_records(ring, memoryview(filled.octets(puts)), len(puts), 0) for puts in (PUTS, PUTS[:2])]
    assert [drained.take(), drained.take(), drained.take()] == [*wanted, None]


def test_no_more_packets_than_were_asked_for() -> None:
    ring = filled.ring(filled.octets(PUTS), filled.octets(PUTS))
    taken = Plain(ring, "pcapng").take(3)
    assert taken is not None
    assert (taken.packets, taken.first_ns % 10, taken.last_ns % 10) == (3, 0, 2)
    assert ring.next_block == 0
    assert ring.is_ready


@pytest.mark.parametrize(
    ("available", "ready", "kind"), [(True, True, Drained), (True, False, Plain), (False, False, Plain)]
)
def test_which_way(monkeypatch: pytest.MonkeyPatch, available: bool, ready: bool, kind: type[object]) -> None:
    compiled.load()
    monkeypatch.setattr(compiled, "available", lambda: available)
    monkeypatch.setattr(compiled, "ready", lambda: ready)
    made = drain(filled.ring(filled.octets(PUTS)), "pcap")
    assert type(made) is kind
    made.close()
