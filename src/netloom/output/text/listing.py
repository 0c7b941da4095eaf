"""Lines for what isn't an outcome: entries, messages, servers, their guests, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom.output.text.plain import plain, pretty
from netloom.output.text.words import clean, clean_body, clock, cut, day, pad, seconds, size, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.records import AccessRecord, Entry, Message, Note, Record, Said, ServingRecord

_FOLDERS = frozenset({"folder", "directory", "dir", "collection"})


def entry(item: Entry, style: Style, columns: int) -> Iterator[str]:
    """An entry as `ls -l` has it, or a name and its value."""
    name, kind = clean(item.name), clean(item.kind)
    if item.value is not None:
        known = "" if kind in ("", "file") else f"{kind:5}  "
        yield from named_value(name, f"{known}{in_words(item.value, style)}", columns)
        return
    if kind in _FOLDERS:
        name = style.paint(name.rstrip("/") + "/", "blue")
    elif kind not in ("", "file"):
        name = f"{name}  {style.paint(kind, 'dim')}"
    if item.size is not None or item.modified is not None:
        much = size(item.size) if item.size is not None else ""
        when = day(item.modified) if item.modified is not None else ""
        name = f"{much:>8}  {style.paint(f'{when:16}', 'dim')}  {name}"
    yield f"  {name}"


def named_value(name: str, shown: str, columns: int) -> Iterator[str]:
    """A name and a value beside it, or below where there is no room."""
    first = min(28, columns // 3)
    if width(name) <= first and first + 4 + width(shown) <= columns:
        yield f"  {pad(name, first)}  {shown}"
    else:
        yield f"  {name}"
        yield from (f"      {line}" for line in wrap(shown, columns - 7))


def named_values(name: str, value: object, style: Style, columns: int) -> Iterator[str]:
    """A name and whatever it stands for; several records have a line each."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield f"  {name}"
        for line in rows(value, style):
            yield from (f"      {piece}" for piece in wrap(line, columns - 7))
    else:
        yield from named_value(name, in_words(value, style), columns)


def rows(records: list[dict[str, object]], style: Style) -> Iterator[str]:
    """Records as lines: what all of them have, in columns, or one record in words. What `data` says isn't repeated."""
    common = [name for name in records[0] if all(name in record for record in records)]
    simple = [name for name in common if not any(isinstance(record[name], dict | list) for record in records)]
    if len(records) == 1 or not simple:
        yield from (in_words(record, style) for record in records)
        return
    if _DATA in simple:
        simple = simple[: simple.index(_DATA) + 1]
    columns = [[clean(str(plain(record[name]))) for record in records] for name in simple]
    widths = [max(width(cell) for cell in column) for column in columns]
    for cells in zip(*columns, strict=True):
        yield "  ".join(map(pad, cells, widths)).rstrip()


_DATA = "data"
"""Where a resource record's data stand as a zone file has them; the fields behind it are its parts."""
_BARE = frozenset({_DATA, "class"})
"""Fields whose values say enough: a resource record's."""


def in_words(value: object, style: Style) -> str:
    """A value on one line: a record of simple values as names and values, what is deeper as JSON."""
    value = plain(value)
    if isinstance(value, str | int | float) or value is None:
        return clean(str(value))
    if isinstance(value, dict) and not any(isinstance(item, dict | list) for item in value.values()):
        return f" {style.dot} ".join(
            clean(str(item) if name in _BARE else f"{name} {item}") for name, item in value.items()
        )
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return clean(", ".join(str(item) for item in value)) or "none"
    return clean(msgspec.json.encode(value).decode())


def message(heard: Message, at: float, style: Style, columns: int) -> Iterator[str]:
    """When, where and what; further lines of it below."""
    head = [style.paint(clock(at), "dim")]
    head += [style.paint(clean(heard.topic), "cyan")] if heard.topic else []
    head += [style.paint(clean(heard.sender), "dim")] if heard.sender else []
    head += [style.paint("retained", "dim")] if heard.retain else []
    first, *more = octets(heard.payload, columns)
    yield "  " + "  ".join([*head, first])
    yield from (f"            {line}" for line in more)


def octets(data: bytes, columns: int) -> list[str]:
    """A payload as lines of text, or its size and first bytes in hex."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        shown = data[: max(4, (columns - 40) // 3)]
        return [f"{size(len(data))}: {shown.hex(' ')}{' …' if len(shown) < len(data) else ''}"]
    lines = text.removesuffix("\n").removesuffix("\r").split("\n")
    return [clean(line.removesuffix("\r")) for line in lines]


def serving(record: ServingRecord, style: Style, columns: int, known: set[str] | None = None) -> Iterator[str]:
    """A server that listens, and with which options a client knows it: those that aren't `known` yet, once each.

    Those lines aren't wrapped: they are to be copied.
    """
    about = [clean(record.content), *(clean(account) for account in record.accounts)]
    endpoint = clean(record.endpoint)
    first, *more = wrap(f" {style.dot} ".join(filter(None, about)), columns - 33)
    if width(endpoint) > 28 and width(endpoint) + width(first) + 5 > columns:
        yield f"  {style.paint(endpoint, 'bold')}"
        endpoint = ""
    yield f"  {style.paint(pad(endpoint, 28), 'bold')}  {first}"
    yield from (f"  {'':28}  {line}" for line in more)
    for name, value in record.trust.items():
        line = f"clients: -O {clean(name)}={clean(value)}"
        if known is not None and line in known:
            continue
        if known is not None:
            known.add(line)
        yield f"      {style.paint(line, 'dim')}"


def access(record: AccessRecord, style: Style, columns: int) -> Iterator[str]:
    """What a guest did: who and when, in columns where there is room, and what came of it."""
    peer = clean(record.peer)
    when = (
        f"  {style.paint(clock(record.at), 'dim')}  {record.protocol:5}  {pad(peer, 21) if columns >= 70 else peer}  "
    )
    did = [
        clean(record.user),
        clean(f"{record.verb} {record.target}".strip()),
        clean(record.status),
        size(record.size) if record.size else "",
        style.paint(seconds(record.duration), "dim") if record.duration else "",
    ]
    indent = width(when) if columns >= 70 else 19
    first, *more = wrap("  ".join(filter(None, did)), max(columns - width(when) - 1, 20))
    yield when + first
    yield from (" " * indent + line for line in more)


def note(record: Note, style: Style, columns: int) -> Iterator[str]:
    """Words for people: beside their title where there is room, otherwise below."""
    title = style.paint(clean(record.title), "bold")
    if record.title and record.value is None and "\n" not in record.text:
        text = clean(record.text)
        if text and width(title) + width(text) + 4 < columns:
            yield f"  {title}  {text}"
            return
    if record.title:
        yield f"  {title}"
    for line in record.text.split("\n") if record.text else ():
        indent = len(line) - len(line.lstrip(" "))
        yield from (
            (f"    {' ' * indent}{piece}").rstrip() for piece in wrap(clean(line.strip()), columns - 5 - indent)
        )
    if record.value is not None:
        yield from (f"    {line}" for line in clean_body(pretty(record.value)).split("\n"))


def said(record: Said) -> str:
    """What one side said."""
    return f"  {'>' if record.sender == 'client' else '<'} {clean(record.words)}"


def any_record(record: Record, style: Style, columns: int) -> Iterator[str]:
    """A record that this table has no picture of: its fields, those that say something."""
    fields = {name: value for name, value in plain(record).items() if value not in (None, "", [], {})}
    line = f" {style.dot} ".join(
        f"{name} {clean(value) if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in fields.items()
    )
    yield from (f"  {piece}" for piece in wrap(cut(line, 4000), columns - 3))
