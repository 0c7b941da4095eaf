"""Targets from arguments and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.sources import whole

if TYPE_CHECKING:
    from collections.abc import Iterable


_COMMENT = r"(?:^|\s)#.*"


async def expand(given: Iterable[Endpoint], file: str) -> list[Endpoint]:
    """The given targets and those of a file: one a line, `#` begins a comment. Raises UsageError with the line.

    Behind a target a comment is parted from it by a space: without one it would be an option.
    """
    targets = list(given)
    if file:
        targets += await _read(file)
        if not targets:
            raise UsageError(f"{file} names no target", hint="one endpoint a line; # begins a comment")
    if not targets:
        raise UsageError("there is nothing to aim at", hint="give an endpoint such as http://127.0.0.1, or --file")
    return targets


async def _read(file: str) -> list[Endpoint]:
    try:
        text = (await whole(file)).decode("utf-8-sig")
    except OSError as exc:
        raise UsageError(f"{file} can't be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{file} can't be read: it isn't UTF-8 from byte {exc.start + 1} on") from exc
    found = []
    for number, written in enumerate(text.splitlines(), 1):
        line = re.sub(_COMMENT, "", written).strip()
        if not line:
            continue
        try:
            found.append(Endpoint.parse(line))
        except UsageError as exc:
            raise UsageError(
                f"{file}, line {number}: {exc.message}", hint=exc.hint, text=exc.text, column=exc.column
            ) from exc
    return found
