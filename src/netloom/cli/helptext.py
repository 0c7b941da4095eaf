"""The text of `netloom --help`: made from the operations, stored beside this file, checked by a test.

`python -m netloom.cli.helptext --write` stores it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.operations.matrix import aims
from netloom.output.text.words import wrap
from netloom.registry import operations, protocols
from netloom.shapes import VERBS, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

STORED = Path(__file__).with_name("help.txt")
GROUPS = ("talk", "serve", "look", "find", "watch", "automate")
_WIDTH = 80
_OPTIONS = (
    ("-o, --output FORMAT", "table, raw, json, ndjson, csv, … (netloom help formats)"),
    ("-w, --write-out TEXT", "curl's template: '%{http_code} %{time_total}\\n'"),
    ("-O NAME=VALUE", "an option of the link or the protocol; --NAME VALUE too"),
    ("-4, -6", "only IPv4, only IPv6"),
    ("-v, -vv", "phases and addresses; the dialogue in words"),
    ("-q, --quiet", "only what failed"),
    ("--color WHEN", "auto, always, never (NO_COLOR is respected)"),
    ("--config FILE", "instead of the usual files (netloom help settings)"),
)


def stored() -> str:
    """The text as it is kept."""
    return STORED.read_text(encoding="utf-8")


def text() -> str:
    """The text as it ought to be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "netloom: any network protocol, whatever you want to do with it"
    yield ""
    yield "  netloom OPERATION ENDPOINT… [options]        netloom help OPERATION"
    yield "  scheme://user:password@host:port/path?query#option=value,…"
    known = list(operations())
    groups = sorted({operation.group for operation in known}, key=lambda name: (_rank(name), name))
    for group in groups:
        yield ""
        yield group
        members = sorted((operation for operation in known if operation.group == group), key=_place)
        for operation in members:
            yield from _line(operation.name, operation.summary)
        yield f"    $ {_example(members)}"
    yield ""
    yield "more"
    yield from _line("help", "TOPIC: an operation, a protocol, links, faults, formats, settings, contents")
    yield from _line("completion", "SHELL: bash, zsh or fish")
    yield ""
    yield "options"
    yield from (f"  {flag:22}{about}" for flag, about in _OPTIONS)
    yield ""
    yield "protocols"
    schemes = [scheme for declared in protocols() for scheme in declared.schemes]
    yield from (f"  {line}" for line in wrap(" ".join(schemes), _WIDTH - 2))
    yield ""
    yield "exit codes"
    yield "  0 all well · 1 something failed · 2 usage · 70 a bug · 130, 143 stopped"


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _place(operation: Operation) -> tuple[int, bool, str]:
    """The verbs first, in their own order; then what aims at endpoints."""
    return (
        list(VERBS).index(operation.verb) if operation.verb in VERBS else len(VERBS),
        not aims(operation),
        operation.name,
    )


def _line(name: str, about: str) -> Iterator[str]:
    first, *more = wrap(about, _WIDTH - 16)
    yield f"  {name:14}{first}"
    yield from (f"  {'':14}{line}" for line in more)


def _example(members: list[Operation]) -> str:
    """The first that stays within the page."""
    return next(
        (operation.example for operation in members if len(operation.example) <= _WIDTH - 6), members[0].example
    )


def main(arguments: list[str]) -> int:
    """Store the text, or say whether what is stored is right."""
    if arguments == ["--write"]:
        STORED.write_text(text(), encoding="utf-8")
        return 0
    right = STORED.is_file() and stored() == text()
    sys.stderr.write("" if right else "help.txt is old: python -m netloom.cli.helptext --write\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
