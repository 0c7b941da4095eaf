"""Command lines that a protocol's `run` takes: words as a shell has them, of which the first is a known command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeVar

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

C = TypeVar("C")


def understood(line: str, known: Mapping[str, tuple[C, str]], whose: str) -> tuple[C, list[str]]:
    """What a command stands for, and its arguments: as many as its usage tells.

    A usage is such as `chmod MODE PATH`; words in brackets may be left out, one that ends in `…` may be repeated.
    Raises UsageError.
    """
    try:
        name, *arguments = shlex.split(line) or [""]
    except ValueError as error:
        raise UsageError(f"{line!r} isn't understood: {error}") from None
    if name not in known:
        raise UsageError(f"{whose} has no command {name!r}", hint=f"commands: {', '.join(sorted(known))}")
    command, usage = known[name]
    wanted = usage.split()[1:]
    least = sum(1 for word in wanted if not word.startswith("["))
    most = len(wanted) if not usage.endswith("…]") else len(arguments)
    if not least <= len(arguments) <= most:
        raise UsageError(f"{usage} is expected")
    return command, arguments
