"""Rings straight into flows: by kernels the same flows as in plain Python."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.flowing import Ending
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.drain import Tracked, Walked
from netloom.packet.kernels.rows import BATCH
from netloom.packet.live.flowing import Plain
from tests.packet.kernels.test_flows import ACTIVE, IDLE, RECOGNISER, traffic
from tests.packet.live import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.flows.tracked import Ended
    from netloom.packet.frame import Frame
    from netloom.packet.live.blocks import Blocks
    from netloom.packet.live.flowing import Tracking

ENDING = Ending(idle=IDLE, active=ACTIVE, recognise=RECOGNISER)


def rings(*parts: Sequence[Frame]) -> list[Blocks]:
    return [filled.ring(*filled.holding(part), link_type=101) for part in parts]


def flows(tracking: Tracking, count: int, most: int) -> tuple[list[Ended], list[tuple[int, int, int]]]:
    """What it gives of so many rings, up to so many packets of each, in no order; and what it counted."""
    ended: list[Ended] = []
    counted = []
    for number in range(count):
        packets = octets = last = 0
        while packets < most and (taken := tracking.take(number, most - packets)) is not None:
            packets, octets, last = packets + taken.packets, octets + taken.octets, taken.last_ns
            ended += taken.ended
        counted.append((packets, octets, last))
    ended += [one for part in tracking.finish() for one in part]
    tracking.close()
    return sorted(ended, key=lambda one: one.flow.number), counted


@pytest.mark.parametrize("most", [1, 77, 1 << 62])
@pytest.mark.parametrize("seed", range(3))
def test_the_same_flows(seed: int, most: int) -> None:
    random = Random(seed)
    parts = [traffic(random, 1500), traffic(random, 300)]
    ours = flows(Tracked(rings(*parts), ENDING), 2, most)
    assert ours == flows(Plain(rings(*parts), ENDING), 2, most)
    assert len(ours[0]) >= min(most, 20)
    assert [packets for packets, _, _ in ours[1]] == [min(most, 1500), min(most, 300)]


def test_which_interface_rows_are_of() -> None:
    frames = traffic(Random(1), 5000)
    (ring,) = rings(frames)
    walked = Walked(ring, 7, room=64 * filled.SIZE)
    taken = walked.take(1 << 62)
    assert taken is not None
    sizes = []
    at = 0
    for batch in walked.batches(taken):
        table = batch.table[: batch.size]
        assert set(table[:, R.INTERFACE].tolist()) == {7}
        assert set(table[:, R.LINK].tolist()) == {101}
        for row in table.tolist():
            data = batch.data[row[R.PLACE] : row[R.PLACE] + row[R.CAPTURED]].tobytes()
            assert (data, row[R.TIME]) == (frames[at].data, frames[at].timestamp_ns or 0)
            at += 1
        sizes.append(batch.size)
    assert sizes[0] == BATCH
    assert at == taken.packets == sum(sizes)
