"""A connection as faults see it: what each side hears, when, and how it ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from netloom.links.faults.plan import Faults
from netloom.links.virtual import run
from tests.worlds import pending_timers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from netloom.links.faults.act import Outlet
    from netloom.links.faults.fault import Fault, Kind, Side

END = None


class Bench:
    """One connection under faults, with nothing around it; it begins as it is made."""

    def __init__(self, *faults: Fault | str, kind: Kind = "stream", plan: Faults | None = None) -> None:
        self.plan = plan if plan is not None else Faults(faults)
        self.loop = asyncio.get_running_loop()
        self.came: dict[Side, list[tuple[float, bytes | None]]] = {"client": [], "server": []}
        self.waits: list[tuple[Side, bool]] = []
        self.end = ""
        self.line = self.plan.line(kind, self)
        self.line.begin()

    def say(self, *pieces: bytes | None, to: Side = "client") -> None:
        """Say something to one side; None ends it."""
        for piece in pieces:
            way = self.line.way(to)
            way.end() if piece is None else way.data(piece)

    def heard(self, side: Side = "client") -> bytes:
        """All octets that a side has heard."""
        return b"".join(piece for _, piece in self.came[side] if piece is not None)

    def pieces(self, side: Side = "client") -> list[bytes | None]:
        """What it has heard, piece by piece."""
        return [piece for _, piece in self.came[side]]

    # What the line asks for

    def outlet(self, towards: Side) -> Outlet:
        return _Ear(self, towards)

    def wait(self, towards: Side, *, full: bool) -> None:
        self.waits.append((towards, full))

    def reset(self, why: str) -> None:
        self.end = self.end or why
        if self.line.kind == "stream":
            self.line.end()

    def hang_up(self) -> None:
        self.end = self.end or "hung up"
        self.line.end()


class _Ear:
    """As with a link, an end is heard once, and nothing after it."""

    def __init__(self, bench: Bench, side: Side) -> None:
        self._bench, self._side = bench, side

    def data(self, data: bytes | None) -> None:
        if END not in self._bench.pieces(self._side):
            self._bench.came[self._side].append((self._bench.loop.time(), data))

    def end(self) -> None:
        self.data(END)


def on_bench(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run on the virtual clock; no timer may be left at the end."""

    async def main() -> Any:
        found = await work()
        assert not pending_timers(asyncio.get_running_loop())
        return found

    return run(main())


def after(*faults: Fault | str, said: list[bytes | None], kind: Kind = "stream", to: Side = "client") -> Bench:
    """What has come of it a day later."""

    async def main() -> Bench:
        bench = Bench(*faults, kind=kind)
        bench.say(*said, to=to)
        await asyncio.sleep(86400)
        bench.line.end()
        return bench

    found: Bench = on_bench(main)
    return found
