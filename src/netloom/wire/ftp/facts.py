"""What MLST and MLSD say of a file: facts, a space, its name (RFC 3659 §7)."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.records import Entry
from netloom.wire.ftp import times

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KNOWN = ("type", "size", "modify", "perm", "unique")
"""The facts that a server of ours can tell, in its order."""

_RULE = "RFC 3659 §7.2"
_FACT = re.compile(r"([A-Za-z0-9.\-/+_]{1,64})=([^; \r\n\0]*)")
_FACTS_LIMIT = 64
_KINDS = {"file": "file", "dir": "directory", "cdir": "current", "pdir": "parent"}


def parse(line: str) -> tuple[dict[str, str], str]:
    """A line's facts, names in lower case, and the name or path. Raises RemoteProtocolError."""
    said, space, name = line.partition(" ")
    if not space or not name or any(character in name for character in "\r\n\0"):
        raise RemoteProtocolError(f"facts, a space and a name are expected, not {line[:60]!r}", rule=_RULE)
    found: dict[str, str] = {}
    for text in said.removesuffix(";").split(";") if said else ():
        fact = _FACT.fullmatch(text)
        if fact is None or len(found) >= _FACTS_LIMIT:
            raise RemoteProtocolError(f"{text[:40]!r} is no fact", rule=_RULE)
        found[fact[1].lower()] = fact[2]
    return found, name


def emit(facts: Mapping[str, str], name: str, wanted: Collection[str] = KNOWN) -> str:
    """A line: the facts that are wanted, then the name."""
    if not name or any(character in name for character in "\r\n\0"):
        raise LocalProtocolError(f"{name[:60]!r} can't be listed", rule=_RULE)
    said = []
    for fact, value in facts.items():
        if fact.lower() in wanted:
            if not _FACT.fullmatch(f"{fact}={value}"):
                raise LocalProtocolError(f"{fact}={value!r} is no fact", rule=_RULE)
            said.append(f"{fact}={value};")
    return f"{''.join(said)} {name}"


def to_entry(facts: Mapping[str, str], name: str) -> Entry | None:
    """What a line of MLSD says as an entry of a listing; None for the directory itself and the one above.

    A number or a moment that can't be read is left out: the file is there all the same.
    """
    kind = facts.get("type", "file").lower()
    if kind in ("cdir", "pdir"):
        return None
    link = kind.startswith(("os.unix=slink", "os.unix=symlink"))
    size, modified = facts.get("size", facts.get("sizd", "")), None
    with contextlib.suppress(RemoteProtocolError):
        modified = times.parse(facts["modify"]) if "modify" in facts else None
    more = {fact: value for fact, value in facts.items() if fact not in ("type", "size", "sizd", "modify")}
    return Entry(
        name=name,
        kind="link" if link else _KINDS.get(kind, "other"),
        size=int(size) if kind == "file" and size.isascii() and size.isdigit() and len(size) < 20 else None,
        modified=modified,
        value=more or None,
    )


def parse_wanted(argument: str) -> tuple[str, ...]:
    """The facts that `OPTS MLST type;size;` asks for, of those that we know (RFC 3659 §7.9)."""
    asked = {fact.lower() for fact in argument.split(";")}
    return tuple(fact for fact in KNOWN if fact in asked)
