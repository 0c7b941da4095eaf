"""An attempt's outcome as lines: mark, endpoint, what was found, duration, a bar of phases; what to try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from netloom.errors import Status
from netloom.output.text import bar
from netloom.output.text.words import clean, cut, day, pad, seconds, size, width, wrap
from netloom.records import Outcome, ProbeRecord, ReplyRecord, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netloom.output.text.style import Style

_INDENT = "      "
_HOST, _SOCKET = "//[^/?#]*", "//[^?#]*"
_LATELY = 1e9
"""A number from here on is a moment: Unix seconds since 2001."""
_SAID = ("status", "code", "reason", "text", "rcode")
"""Keys of a reply's meta under which a peer's own answer stands; their names say nothing beside their values."""


def bar_columns(columns: int) -> int:
    """How wide a bar may be in so many columns; none where there is hardly room for words."""
    return bar.FULL if columns >= 90 else 10 if columns >= 66 else 0


def outcome(record: Outcome, style: Style, columns: int, endpoint_columns: int) -> Iterator[str]:
    """The lines of one outcome: all on one where it fits, otherwise what was found stands below."""
    good = record.status is Status.SUCCESS
    endpoint, text = clean(record.endpoint), found(record, style)
    cells = bar_columns(columns)
    right = f"{seconds(record.duration):>8}"
    if cells:
        right += "  " + bar.draw(record.phases, cells, style)
    room = columns - 5 - endpoint_columns - 2 - 9 - (2 + cells if cells else 0)
    if width(endpoint) <= endpoint_columns and width(text) <= room:
        yield f"  {style.mark(good)} {pad(endpoint, endpoint_columns)}  {pad(text, room)} {right}"
    else:
        yield from _below(
            record, endpoint, (endpoint_columns, endpoint_columns + 2 + room), f"  {style.mark(good)}", right
        )
        words = text if good or not record.message else clean(record.message)
        yield from (f"{_INDENT}{line}" for line in wrap(words, columns - 7))
    if not good and record.hint:
        yield from (f"{_INDENT}{style.paint(line, 'dim')}" for line in wrap(clean(record.hint), columns - 7))


def _below(record: Outcome, endpoint: str, places: tuple[int, int], mark: str, right: str) -> Iterator[str]:
    """The first line of an outcome whose words stand below: the endpoint, and how and where it failed."""
    column, wide = places
    head = endpoint
    if record.status is not Status.SUCCESS:
        both = f"{pad(endpoint, column) if width(endpoint) < column else endpoint}  {ending(record)}"
        head = both if width(both) <= wide else endpoint
    yield f"{mark} {pad(cut(head, wide), wide)} {right}"
    if width(endpoint) > wide:
        yield from (f"{_INDENT}{line}" for line in wrap(endpoint, wide))


def ending(record: Outcome) -> str:
    """How and where a failure ended, in a few words."""
    where = record.phase.replace("_", " ") if record.phase else ""
    status = record.status.replace("_", " ")
    if record.status is Status.TLS_ERROR and "tls" not in record.phases:
        status = "not trusted"  # a host key: SSH has no TLS
    return f"{status} at {where}" if where and where not in status else status


def found(record: Outcome, style: Style) -> str:
    """What an attempt found, or how it failed, on one line."""
    if record.status is not Status.SUCCESS:
        message = clean(record.message) or record.status.replace("_", " ")
        phase = record.phase.replace("_", " ") if record.phase else ""
        return message if not phase or phase in message else f"{message} (at {phase})"
    if isinstance(record, ProbeRecord):
        return clean(record.summary) or "it answers"
    if isinstance(record, ReplyRecord):
        return f" {style.dot} ".join(_reply(record, style)) or "done"
    return "done"


def _reply(record: ReplyRecord, style: Style) -> Iterator[str]:
    said = [clean(str(record.meta[key])) for key in _SAID if record.meta.get(key) not in (None, "")]
    if said:  # the peer's own code and words; the rest of its meta is for -v
        yield cut(" ".join(said), 80)
    else:
        yield from scalars(record.meta)
    if record.exit_status is not None:
        yield f"exit status {record.exit_status}"
    much = size(record.size) if record.size else ""
    saved = f"{style.arrow} {clean(record.saved_to)}" if record.saved_to else ""
    yield from filter(None, [f"{much} {saved}".strip()])


def scalars(meta: Mapping[str, Any]) -> Iterator[str]:
    """What is short in a reply's meta, in words."""
    for key, value in meta.items():
        if isinstance(value, str | int | float) and value not in ("", False):
            shown = cut(clean(f"{value:g}" if isinstance(value, float) else str(value)), 60)
            name = clean(key.replace("_", " "))
            yield shown if key in _SAID else name if value is True else f"{name} {shown}"


def step(record: Step, style: Style, columns: int) -> str:
    """A verb, what it was for, and what came of it, on one line."""
    reply = record.reply
    good = reply.status is Status.SUCCESS
    host = _SOCKET if reply.endpoint.startswith("unix:") else _HOST
    place = re.sub(host, "//…", reply.endpoint, count=1)
    words = f" {style.dot} ".join(_brought(reply, style)) if good else found(reply, style)
    right = f"{seconds(reply.duration):>8}"
    first = min(32, columns * 2 // 5)
    room = columns - 5 - 6 - first - 2 - width(right) - 1
    target = pad(cut(clean(place), first), first)
    return f"  {style.mark(good)} {pad(record.verb, 5)} {target}  {pad(cut(words, room), room)} {right}"


def _brought(reply: ReplyRecord, style: Style) -> Iterator[str]:
    said = [clean(str(reply.meta[key])) for key in _SAID if reply.meta.get(key) not in (None, "")]
    yield from [" ".join(said)] if said else []
    if reply.body:
        yield clean(reply.body.decode("utf-8", "backslashreplace").strip().replace("\n", f" {style.dot} "))
    elif isinstance(reply.value, list):
        yield f"{len(reply.value)} entries" if len(reply.value) > 4 else ", ".join(clean(str(x)) for x in reply.value)
    elif isinstance(reply.value, dict):
        for name, value in reply.value.items():
            if isinstance(value, list | dict):
                records = sum(isinstance(item, dict) for item in value)
                yield from [f"{records} {clean(str(name))}"] if records else []
            else:
                yield clean(str(value)) if name in _SAID else f"{clean(str(name))} {_short(value)}"
    elif not said:
        yield "done"


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < _LATELY else day(value)
    return clean(str(value))


def phases_in_words(phases: Mapping[str, float], style: Style) -> str:
    """Each phase and its duration."""
    return f" {style.dot} ".join(f"{name.replace('_', ' ')} {seconds(spent)}" for name, spent in phases.items())
