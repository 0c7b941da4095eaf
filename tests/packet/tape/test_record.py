"""The record of a conversation that was played."""

from __future__ import annotations

import msgspec

from netloom.errors import Status
from netloom.packet.tape.record import PlayedRecord


def test_it_goes_out_and_comes_back() -> None:
    made = PlayedRecord(
        endpoint="tcp://x:1", protocol="tcp", status=Status.EXPECTATION_FAILED, started_at=1.0, duration=0.5, phases={},
        conversation=3, turn=2, offset=9, expected="warp", got="weft", said=4, heard=5,
    )  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(made), type=PlayedRecord) == made
    assert PlayedRecord.__mro__[1].__name__ == "Outcome"  # so that it is judged
