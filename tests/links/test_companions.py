from __future__ import annotations

import pytest

from netloom.links.companions import Companions


class Companion:
    def __init__(self, content: object) -> None:
        self.content = content
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


async def test_one_for_all_who_serve_it() -> None:
    companions = Companions(Companion)
    content, other = object(), object()
    async with companions.around(content):
        first = companions.of(content)
        async with companions.around(content), companions.around(other):
            assert companions.of(content) is first
            assert companions.of(other) is not first
            second = companions.of(other)
        assert (first.closed, second.closed) == (0, 1)
        assert companions.of(content) is first
    assert first.closed == 1
    with pytest.raises(KeyError):
        companions.of(content)


async def test_a_new_one_afterwards() -> None:
    companions = Companions(Companion)
    content = object()
    async with companions.around(content):
        first = companions.of(content)
    async with companions.around(content):
        second = companions.of(content)
        assert second is not first


async def test_whatever_ends_it() -> None:
    companions = Companions(Companion)
    content = object()
    made: list[Companion] = []

    async def serve() -> None:
        async with companions.around(content):
            made.append(companions.of(content))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await serve()
    assert made[0].closed == 1
