"""What an endpoint asks for: `dns://resolver/NAME?type=MX,TXT&class=IN` (RFC 4501 has the same fields)."""

from __future__ import annotations

import functools
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from netloom.errors import LocalProtocolError, UsageError
from netloom.links.resolve import ascii_name
from netloom.wire.dns import codes
from netloom.wire.dns.message import Question
from netloom.wire.dns.names import ROOT, from_text, reverse

TYPES_LIMIT = 64
"""Types that one endpoint may ask for."""
_PARAMETERS = ("type", "class", "serial")


class Target(Struct, frozen=True):
    """The questions of an endpoint. `serial` is where an incremental transfer begins (RFC 1995).

    `open` says that no name was given: any is as good to learn whether a name server is there.
    """

    name: bytes
    questions: tuple[Question, ...]
    serial: int | None = None
    open: bool = False


@functools.lru_cache(maxsize=4096)
def target(path: str, query: str) -> Target:
    """Read path and query. An address without a type asks for its PTR, no name at all for the root's NS.

    Raises UsageError.
    """
    values: dict[str, list[str]] = {name: [] for name in _PARAMETERS}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in values:
            raise UsageError(f"{name!r} is nothing that DNS can be asked", hint="?type=MX&class=IN")
        values[name] += [word for word in value.replace(";", ",").split(",") if word]
    text = unquote(path.removeprefix("/"))
    try:
        types = [codes.type_number(word) for word in values["type"]]
        classes = [codes.class_number(word) for word in values["class"]] or [codes.IN]
        asked, usual = _name(text, types)
    except LocalProtocolError as exc:
        raise UsageError(exc.message, hint=exc.hint) from None
    if len(types) > TYPES_LIMIT or len(classes) > 1:
        raise UsageError(f"one class, and {TYPES_LIMIT} types at most, can be asked for", hint="?type=A,AAAA&class=IN")
    questions = tuple(Question(asked, rdtype, classes[0]) for rdtype in types or (usual,))
    return Target(asked, questions, _serial(values["serial"]), open=not text and not types)


def _name(text: str, types: list[int]) -> tuple[bytes, int]:
    """The name, and the type that is asked for where none is given."""
    if text in ("", "."):
        return ROOT, codes.NS
    if not types or types == [codes.PTR]:
        found = reverse(text)
        if found is not None:
            return found, codes.PTR
    return from_text(text if text.isascii() else ascii_name(text)), codes.A


def _serial(values: list[str]) -> int | None:
    if not values:
        return None
    if len(values) > 1 or not values[0].isascii() or not values[0].isdigit() or int(values[0]) > 0xFFFFFFFF:
        raise UsageError(
            f"serial={','.join(values)}: a number below 2^32 is expected", hint="?type=IXFR&serial=2026112001"
        )
    return int(values[0])
