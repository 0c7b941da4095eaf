"""Testing: real servers as pytest fixtures, with faults, and what they received."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netloom.testing.answers import Answers, Request
    from netloom.testing.server import Server
    from netloom.testing.tape import Tape
    from netloom.testing.trust import Trust

__all__ = ["Answers", "Request", "Server", "Tape", "Trust"]

_PLACES = {"Answers": "answers", "Request": "answers", "Server": "server", "Tape": "tape", "Trust": "trust"}


def __getattr__(name: str) -> Any:
    # The plug-in is loaded by every run of pytest, also by those that need no server.
    if name not in _PLACES:
        raise AttributeError(f"netloom.testing has no {name}")
    return getattr(importlib.import_module(f"netloom.testing.{_PLACES[name]}"), name)
