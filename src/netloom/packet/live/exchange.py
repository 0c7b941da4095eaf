"""Exchange: what was sent, what answered it, and how long that took by the kernel's own clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.frame import Frame
from netloom.packet.live.matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.live.matching import Match
    from netloom.packet.live.ring import Ring
    from netloom.packet.live.sender import Sends


_LOOK = 0.1
"""Seconds after which is looked whether waiting is over."""


class Answer(NamedTuple):
    """A frame that answers a packet, and how many seconds after it it came."""

    match: Match
    frame: Frame
    seconds: float


class Exchange:
    """Sends, and looks among what a ring hears for answers.

    The ring hears what is sent, too, and so the kernel stamps both; what it doesn't hear (past the queueing
    discipline nothing is) counts from just before it was sent.
    """

    def __init__(self, sender: Sends, ring: Ring) -> None:
        self.ring = ring
        self.answered: set[int] = set()
        self._sender = sender
        self._matcher = Matcher()
        self._sent_ns: dict[int, int] = {}

    def send(self, data: bytes) -> int:
        """One packet; gives its number, from 0. Errors as the sender's."""
        number = self._matcher.sent(Frame(data, None, self._sender.link_type, len(data)))
        self._sent_ns[number] = time.time_ns()
        self._sender.send(data)
        return number

    def answers(self) -> Iterator[Answer]:
        """Those that came since the last time."""
        frames = self.ring.take()
        while frames:
            answer = self.answer(frames.popleft())
            if answer is not None:
                yield answer

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> Iterator[Answer]:
        """Answers as they come, for so many seconds or until it is over."""
        until = time.monotonic() + seconds
        while not is_over() and (left := until - time.monotonic()) > 0:
            self.ring.wait(min(left, _LOOK))
            yield from self.answers()

    def answer(self, frame: Frame) -> Answer | None:
        """What a frame that the ring heard answers, if anything."""
        moment = frame.timestamp_ns or 0
        number = self._matcher.went(frame)
        if number is not None:
            self._sent_ns[number] = moment
            return None
        match = self._matcher.received(frame)
        if match is None:
            return None
        self.answered.add(match.number)
        return Answer(match, frame, max(0, moment - self._sent_ns[match.number]) / 1_000_000_000)
