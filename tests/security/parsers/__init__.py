"""What reads peers' bytes, each with real messages to mutate: everything of ours that parses.

Each module here adds what belongs together: `PARSERS` by name, and in `SAID` what is said in a protocol, for its
decoder.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from netloom import registry
from tests.security.parsers.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.security.parsers.parser import Parse

__all__ = ["PARSERS", "SAID", "Parser"]

PARSERS: dict[str, Parser] = {}
SAID: dict[str, Sequence[bytes]] = {}


def _watched(name: str, sender: str) -> Parse:
    def feed(said: bytes) -> object:
        decoder = registry.load(registry.protocol(name), "decode")()
        middle = len(said) // 2
        return [decoder.feed(sender, said[:middle]), decoder.feed(sender, said[middle:])]

    return feed


for _found in pkgutil.iter_modules(__path__, f"{__name__}."):
    _module = importlib.import_module(_found.name)
    PARSERS |= getattr(_module, "PARSERS", {})
    SAID |= getattr(_module, "SAID", {})
for _declared in registry.protocols():
    for _sender in ("client", "server"):
        PARSERS[f"what watches {_declared.name}, {_sender}"] = Parser(
            _watched(_declared.name, _sender), SAID.get(_declared.name, [b"hello\r\n"])
        )
