from __future__ import annotations

import asyncio

from netloom.links.http.h2_pulse import Pulse
from netloom.links.virtual import run


class Beating:
    """A pulse that writes down what it does."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.done: list[tuple[str, float]] = []
        self.began = self.loop.time()
        self.pulse = Pulse(self.loop, (10.0, 30.0), lambda: self.say("ping"), lambda: self.say("dead"))

    def say(self, word: str) -> None:
        self.done.append((word, round(self.loop.time() - self.began)))


def test_silence() -> None:
    async def main() -> None:
        beating = Beating()
        beating.pulse.start()
        await asyncio.sleep(100)
        assert beating.done == [("ping", 10), ("dead", 30)]

    run(main())


def test_an_answer_begins_it_anew() -> None:
    async def main() -> None:
        beating = Beating()
        beating.pulse.start()
        await asyncio.sleep(15)
        beating.pulse.heard()
        await asyncio.sleep(24)
        assert beating.done == [("ping", 10), ("ping", 25)]
        await asyncio.sleep(10)
        assert beating.done[2:] == [("dead", 45)]

    run(main())


def test_starting_again_and_stopping() -> None:
    async def main() -> None:
        beating = Beating()
        beating.pulse.start()
        await asyncio.sleep(9)
        beating.pulse.start()
        await asyncio.sleep(9)
        assert beating.done == []
        beating.pulse.stop()
        await asyncio.sleep(100)
        assert beating.done == []

    run(main())
