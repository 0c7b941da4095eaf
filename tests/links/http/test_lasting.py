from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from netloom.links.http.lasting import LOOK, Lasting
from netloom.links.virtual import run
from tests.worlds import pending_timers


def test_they_hear_of_it() -> None:
    async def main() -> None:
        one: Any = SimpleNamespace(closing=False)
        other: Any = SimpleNamespace(closing=False)
        lasting = Lasting()
        ended: list[str] = []
        with (
            lasting.until_closing(one, lambda: ended.append("a")),
            lasting.until_closing(one, lambda: ended.append("b")),
        ):
            with lasting.until_closing(other, lambda: ended.append("c")):
                await asyncio.sleep(10.0)
                assert not ended
                one.closing = True
                await asyncio.sleep(LOOK * 1.5)
                assert ended == ["a", "b"]
                await asyncio.sleep(10.0)
            other.closing = True
            await asyncio.sleep(1.0)
        assert ended == ["a", "b"], "once, and nobody who has left"

    run(main())


def test_nothing_ticks_without_them() -> None:
    async def main() -> None:
        context: Any = SimpleNamespace(closing=False)
        lasting = Lasting()
        for _ in range(2):
            with lasting.until_closing(context, lambda: None):
                await asyncio.sleep(1.0)
                assert len(pending_timers(asyncio.get_running_loop())) == 2 - 1
            assert not pending_timers(asyncio.get_running_loop())

    run(main())


def test_an_end_in_its_middle() -> None:
    async def main() -> None:
        context: Any = SimpleNamespace(closing=False)
        lasting = Lasting()
        with pytest.raises(ZeroDivisionError), lasting.until_closing(context, lambda: None):
            raise ZeroDivisionError
        assert not pending_timers(asyncio.get_running_loop())

    run(main())
