"""Pictures of records, one file each, named as the record is; the folder is the registry.

Each has `lines(record, style, columns)`: what a table shows of such a record. A record without one is its fields.
"""

from __future__ import annotations

import functools
import importlib
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.output.text.style import Style

    Lines = Callable[[Any, Style, int], Iterator[str]]

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@functools.cache
def picture(kind: str) -> Lines | None:
    """How records of a class are shown, by its name; None where nothing tells."""
    name = f"{__name__}.{_WORD.sub('_', kind).lower()}"
    if find_spec(name) is None:
        return None
    found: Lines = importlib.import_module(name).lines
    return found
