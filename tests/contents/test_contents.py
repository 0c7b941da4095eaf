"""What contents refuse: six words that every protocol has a code for."""

from __future__ import annotations

import inspect

import pytest

from netloom import contents
from netloom.contents import Exists, Forbidden, Invalid, NotFound, OutOfRange, TooLarge
from netloom.contents.files import Files
from netloom.contents.files.tree import Limits
from netloom.errors import NetloomError, NetworkError, ProtocolError

REFUSALS: list[type[NetloomError]] = [NotFound, Forbidden, Exists, Invalid, TooLarge, OutOfRange]


def test_these_are_all() -> None:
    assert {kind for _, kind in inspect.getmembers(contents, inspect.isclass)} == {NetloomError, *REFUSALS}


@pytest.mark.parametrize("kind", REFUSALS)
def test_none_is_mistaken_for_another(kind: type[NetloomError]) -> None:
    assert issubclass(kind, NetloomError)
    assert not issubclass(kind, NetworkError | ProtocolError)
    assert [other for other in REFUSALS if issubclass(kind, other)] == [kind]


async def test_each_is_said_by_a_tree_of_files() -> None:
    files = Files(files={"a": b"1234"}, limits=Limits(file=8))
    with pytest.raises(NotFound):
        await files.stat("b")
    with pytest.raises(Forbidden):
        await files.stat("../b")
    with pytest.raises(Exists):
        async with files.write("a", overwrite=False):
            pass
    with pytest.raises(TooLarge):
        async with files.write("b") as sink:
            await sink.write(b"123456789")
    with pytest.raises(OutOfRange):
        async with files.write("a", offset=9):
            pass
