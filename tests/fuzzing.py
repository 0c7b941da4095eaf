"""Hostile bytes for parsers: real messages, mutated by a seeded generator, and every cut of a message."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, TypeVar

from netloom.errors import NetloomError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COUNT = int(os.environ.get("NETLOOM_FUZZ", "10000"))
"""How many hostile inputs a parser gets."""

INTERESTING = (b"\0", b"\r", b"\n", b"\r\n", b"\xff", b"\x7f", b"\x80", b" ", b".", b"\xff\xff\xff\xff", b"\0\0\0\0")


def hammer(
    parse: Callable[[bytes], object],
    samples: Sequence[bytes],
    count: int = COUNT,
    seed: int = 1,
    allowed: type[NetloomError] = RemoteProtocolError,
) -> None:
    """Give `parse` `count` mutations of the samples, and random bytes among them: it returns, or raises `allowed`.

    What it does with the samples themselves must be to accept them; of the mutations it must have refused some,
    as otherwise nothing was tried.
    """
    for sample in samples:
        parse(sample)
    generator = random.Random(seed)
    refused = 0
    for number in range(count):
        data = generator.randbytes(generator.randrange(64)) if number % 16 == 0 else mutate(generator, samples)
        try:
            parse(data)
        except allowed:
            refused += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}, input {number}, {data!r}: {error!r}") from error
    assert refused, "no input was refused: is anything checked?"


def mutate(generator: random.Random, samples: Sequence[bytes]) -> bytes:
    """One of the samples after one to four accidents."""
    data = bytearray(generator.choice(samples))
    for _ in range(generator.randint(1, 4)):
        _ACCIDENTS[generator.randrange(len(_ACCIDENTS))](generator, data, samples)
    return bytes(data)


def _flip(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)


def _overwrite(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[generator.randrange(len(data))] = generator.randrange(256)


def _insert(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = generator.randint(0, len(data))
    data[at:at] = generator.choice(INTERESTING)


def _delete(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = generator.randint(0, len(data))
    del data[at : at + generator.randint(1, 8)]


def _cut(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[generator.randint(0, len(data)) :]


def _repeat(generator: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = generator.randint(0, len(data))
    data[at:at] = data[at : at + generator.randint(1, 32)] * generator.randint(1, 20)


def _splice(generator: random.Random, data: bytearray, samples: Sequence[bytes]) -> None:
    other = generator.choice(samples)
    data[generator.randint(0, len(data)) :] = other[generator.randint(0, len(other)) :]


_ACCIDENTS = (_flip, _overwrite, _insert, _delete, _cut, _repeat, _splice)


Message = TypeVar("Message")


def cuts(parse: Callable[[bytes], tuple[Message, int] | None], whole: bytes) -> tuple[Message, int]:
    """Give an incremental parser every beginning of a message: None until it is whole, whatever follows it."""
    found = parse(whole)
    assert found is not None
    for end in range(found[1]):
        assert parse(whole[:end]) is None, f"something after {end} of {found[1]} octets"
    assert parse(whole[: found[1]]) == found
    assert parse(whole + b"\0\xff\r\n more") == found
    return found
