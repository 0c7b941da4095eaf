"""Replay: packets sent one after the other, in the time of their capture, at a rate, or as fast as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import UsageError
from netloom.packet.live.pace import Pace
from netloom.packet.live.sender import BATCH, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from netloom.packet.live.sender import Sends

TOGETHER_NS = 1_000_000
"""Packets that are due within a millisecond may leave together, where a rate is asked for."""
Timed = tuple[bytes, int]
"""A packet, and when it is due: nanoseconds after the first."""


class Tally(Struct):
    """How far it is. `refused` are packets that the interface didn't take; `problem` says why, of the first."""

    packets: int = 0
    octets: int = 0
    refused: int = 0
    problem: str = ""
    seconds: float = 0.0


def at_rate(packets: Iterable[bytes], rate: float) -> Iterator[Timed]:
    """So many a second, the first at once."""
    for number, data in enumerate(packets):
        yield data, int(number * 1_000_000_000 / rate)


def in_time(captures: Iterable[Iterable[tuple[bytes, int | None]]], speed: float) -> Iterator[Timed]:
    """As they came, by their timestamps, `speed` times as fast, one capture after the other.

    What goes back in time, and what tells none, is due at once.
    """
    latest = 0
    for packets in captures:
        begins, first = latest, None
        for data, stamp in packets:
            if stamp is not None:
                first = stamp if first is None else first
                latest = max(latest, begins + int((stamp - first) / speed))
            yield data, latest


class Replay:
    """Sends, in whichever thread calls it; `stop` ends it from any other."""

    def __init__(self, sender: Sends) -> None:
        self.tally = Tally()
        self._sender = sender
        self._pace = Pace()

    def stop(self) -> None:
        """End it soon."""
        self._pace.stop()

    @property
    def is_stopped(self) -> bool:
        return self._pace.stopped.is_set()

    def at_top_speed(self, packets: Iterable[bytes]) -> None:
        """One after the other, without waiting. Raises NetworkError where nothing can be sent any more."""
        self._pace.wait(0)
        for batch in _batches(packets):
            if self.is_stopped:
                break
            self._send(batch)
        self.tally.seconds = self._pace.elapsed()

    def repeated(self, packets: Sequence[bytes], rounds: int) -> None:
        """The same few again and again, as fast as it goes (0: until it is stopped). Errors as `at_top_speed`."""
        times = max(1, BATCH // len(packets))
        several = tuple(packets) * times
        self._pace.wait(0)
        left = rounds
        while not self.is_stopped and (left or not rounds):
            taken = times if not rounds else min(times, left)
            self._send(several if taken == times else several[: taken * len(packets)])
            left -= taken if rounds else 0
        self.tally.seconds = self._pace.elapsed()

    def timed(
        self, packets: Iterable[Timed], together_ns: int = 0, each: Callable[[bytes], object] | None = None
    ) -> None:
        """Each when it is due; those that are due within some nanoseconds of each other leave together.

        `each` sends one, where somebody else does. Errors as `at_top_speed`.
        """
        batch: list[bytes] = []
        begins = 0
        for data, due in packets:
            if batch and (len(batch) == BATCH or due - begins > together_ns):
                if not self._pace.wait(begins):
                    batch = []
                    break
                self._send(batch, each)
                batch = []
            begins = due if not batch else begins
            batch.append(data)
        if batch and self._pace.wait(begins):
            self._send(batch, each)
        self.tally.seconds = self._pace.elapsed()

    def _send(self, batch: Sequence[bytes], each: Callable[[bytes], object] | None = None) -> None:
        refused = self._sender.send_all(batch) if each is None else _by(each, batch)
        if refused and not self.tally.problem:
            self.tally.problem = refused[0].problem.message
        self.tally.refused += len(refused)
        self.tally.packets += len(batch) - len(refused)
        self.tally.octets += sum(map(len, batch)) - sum(len(batch[place]) for place, _ in refused)


def _by(each: Callable[[bytes], object], batch: Sequence[bytes]) -> list[Refused]:
    refused = []
    for place, data in enumerate(batch):
        try:
            each(data)
        except UsageError as problem:
            refused.append(Refused(place, problem))
    return refused


def _batches(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for data in packets:
        batch.append(data)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
