"""The dialects by name, each loaded when a device of its make is wanted."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Dialect

NAMES = ("eos", "ios", "junos", "vrp")


def dialect(name: str) -> Dialect:
    """One of them."""
    found: Dialect = importlib.import_module(f"netloom.contents.shell.cli.{name}").DIALECT
    return found
