"""Further connections of a conversation: made when they were, waited for where they were ahead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import ConnectError, DeadlineExceeded
from netloom.links.memory import pair
from netloom.links.play_beside import PATIENCE, Further
from netloom.links.played import Played
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.packet.streams.events import Place
from tests.packet.tape.tracks import SECOND, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.tape.script import Script


class Around:
    """Streams to nowhere, and what was asked for; or nobody comes."""

    def __init__(self, fails: Exception | None = None, *, nobody: bool = False) -> None:
        self.asked: list[Any] = []
        self._fails = fails
        self._nobody = nobody

    async def secure(self, link: Stream, *, at_once: bool = False) -> None:
        self.asked.append(at_once)

    async def listen(self) -> Any:
        around = self

        class Waiting:
            address = (2, ("127.0.0.1", 99))

            async def accept(self) -> Stream:
                if around._nobody:
                    await asyncio.Event().wait()
                return await around.dial(None)

        return Waiting()

    async def dial(self, place: Place | None) -> Stream:
        self.asked.append(place)
        if self._fails is not None:
            raise self._fails
        link = Stream(asyncio.get_running_loop())
        pair(link, Stream(asyncio.get_running_loop()))
        return link


def data(**fields: Any) -> Script:
    """A data connection that began after 5 s, and spoke from then on."""
    made = script("< a", "< b", "< !end")
    steps = [msgspec.structs.replace(step, time=step.time + 6 * SECOND) for step in made.track.steps]
    cues = [msgspec.structs.replace(cue, step=step) for cue, step in zip(made.cues, steps, strict=True)]
    track = msgspec.structs.replace(made.track, started=5 * SECOND, steps=steps, **fields)
    return msgspec.structs.replace(made, track=track, cues=cues)


async def slowly(_: Stream, made: Script, moved: Callable[[int], None]) -> Played:
    """Each cue takes a second."""
    for cue in made.cues:
        moved(cue.step.time)
        await asyncio.sleep(1)
    return Played(made, len(made.cues), 2, 0)


def test_when_it_was_made_and_how_far_it_was() -> None:
    async def main() -> None:
        around, loop = Around(), asyncio.get_running_loop()
        further = Further(data(), around, slowly)
        async with asyncio.TaskGroup() as group:
            further.begin(4 * SECOND, group)
            await further.catch_up(4 * SECOND)
            await asyncio.sleep(0)
            assert around.asked == []
            further.announced(Place("127.0.0.1", 7))
            further.begin(5 * SECOND, group)
            await further.catch_up(6 * SECOND)
            assert (around.asked, loop.time()) == ([Place("127.0.0.1", 7)], 0.0)
            await further.catch_up(8 * SECOND)
            assert loop.time() == 2.0
            await further.catch_up(9 * SECOND)
            assert loop.time() == 3.0
        assert further.played is not None

    run(main())


def test_one_that_is_waited_for_and_secured() -> None:
    async def main() -> None:
        around = Around()
        further = Further(data(secured=True), around, slowly)
        assert await further.announce() == Place("127.0.0.1", 99)
        async with asyncio.TaskGroup() as group:
            further.begin(9 * SECOND, group)
        assert around.asked == [None, True]

    run(main())


def test_one_that_can_t_be_made() -> None:
    async def main() -> None:
        error = ConnectError("refused")
        further = Further(data(), Around(error), slowly)
        async with asyncio.TaskGroup() as group:
            further.begin(9 * SECOND, group)
            await further.catch_up(9 * SECOND)
        assert further.error is error

    run(main())


def test_nobody_comes() -> None:
    async def main() -> None:
        further = Further(data(), Around(nobody=True), slowly)
        await further.announce()
        async with asyncio.TaskGroup() as group:
            further.begin(9 * SECOND, group)
            await further.over()
        assert isinstance(further.error, DeadlineExceeded)
        assert asyncio.get_running_loop().time() == PATIENCE

    run(main())


def test_one_that_isn_t_waited_for_any_more() -> None:
    async def main() -> None:
        further = Further(data(), Around(nobody=True), slowly)
        further.stop()
        await further.announce()
        async with asyncio.TaskGroup() as group:
            further.begin(9 * SECOND, group)
            await asyncio.sleep(1)
            further.stop()
        assert asyncio.get_running_loop().time() == 1.0

    run(main())
