"""A parser of peers' bytes, and messages that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

Parse = Callable[[bytes], object]


class Parser(msgspec.Struct, frozen=True):
    """A parser, and messages that it takes."""

    parse: Parse
    samples: Sequence[bytes]


def text(parse: Callable[[str], object]) -> Parse:
    """A parser of texts as one of bytes."""
    return lambda said: parse(said.decode("latin-1"))
