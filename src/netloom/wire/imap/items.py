"""What FETCH asks for: items, sections of a message, and parts of those (RFC 9051 §6.4.5, RFC 3516)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap.tokens import NUMBER64_LIMIT, Cursor, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEMS_LIMIT = 200
FIELDS_LIMIT = 200
DEPTH_LIMIT = 100
"""Numbers in a section such as 1.2.1."""

MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
SIMPLE = frozenset(
    {"ENVELOPE", "FLAGS", "INTERNALDATE", "RFC822", "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT", "BODYSTRUCTURE"}
) | {"UID", "BODY"}
_SPECIFIERS = ("HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME")


class Section(Struct, frozen=True):
    """Which part of a message: `part` are its numbers, none is the whole; `what` is a specifier or empty.

    `fields` are a header's names as they were asked for.
    """

    part: tuple[int, ...] = ()
    what: str = ""
    fields: tuple[str, ...] = ()


class Item(Struct, frozen=True):
    """One thing to fetch. `section` is that of BODY[…] and BINARY[…]; `partial` where it begins and how much.

    `peek` leaves the message unseen.
    """

    name: str
    section: Section | None = None
    partial: tuple[int, int] | None = None
    peek: bool = False


def read(cursor: Cursor) -> tuple[Item, ...]:
    """What follows FETCH, its set and a space."""
    if cursor.looking_at(b"("):
        items = cursor.listed(lambda: read_item(cursor))
        if not items:
            cursor.fail("FETCH asks for something")
        if len(items) > ITEMS_LIMIT:
            cursor.fail(f"more than {ITEMS_LIMIT} items")
        return tuple(items)
    for name, macro in MACROS.items():
        if cursor.skip_last(name.encode("ascii")):
            return tuple(Item(one) for one in macro)
    return (read_item(cursor),)


def read_item(cursor: Cursor) -> Item:
    """One item."""
    name = cursor.item()
    if name in SIMPLE and not cursor.looking_at(b"["):
        return Item(name)
    peek = name.endswith(".PEEK")
    name = name.removesuffix(".PEEK")
    if name not in ("BODY", "BINARY", "BINARY.SIZE") or (name == "BINARY.SIZE" and peek):
        cursor.fail(f"{name[:40]} can't be fetched")
    section = read_section(cursor, binary=name != "BODY")
    partial = None
    if cursor.skip(b"<"):
        start = cursor.number(NUMBER64_LIMIT)
        cursor.expect(b".")
        count = cursor.number(NUMBER64_LIMIT)
        cursor.expect(b">")
        if not count or name == "BINARY.SIZE":
            cursor.fail("a part of nothing")
        partial = (start, count)
    return Item(name, section, partial, peek)


def read_section(cursor: Cursor, *, binary: bool = False) -> Section:
    """`[…]`."""
    cursor.expect(b"[")
    part: list[int] = []
    what = ""
    fields: tuple[str, ...] = ()
    while not cursor.looking_at(b"]"):
        if cursor.looking_at_set():
            part.append(cursor.number())
            if not part[-1] or len(part) > DEPTH_LIMIT:
                cursor.fail("parts are counted from 1")
            if not cursor.skip(b"."):
                break
            if cursor.looking_at(b"]"):
                cursor.fail("something follows the dot")
            continue
        what = cursor.item()
        if what not in _SPECIFIERS or binary or (what == "MIME" and not part):
            cursor.fail(f"{what[:40]} is no section")
        if what.startswith("HEADER.FIELDS"):
            cursor.space()
            fields = tuple(cursor.text(name) for name in cursor.listed(cursor.astring))
            if not 0 < len(fields) <= FIELDS_LIMIT:
                cursor.fail(f"1 to {FIELDS_LIMIT} names of fields are expected")
        break
    cursor.expect(b"]")
    return Section(tuple(part), what, fields)


# Writing


def write(items: Sequence[Item], out: Writer) -> None:
    """What follows FETCH, its set and a space."""
    if not items:
        raise LocalProtocolError("FETCH asks for something", rule="RFC 9051 §6.4.5")
    out.raw(b"(")
    for number, item in enumerate(items):
        if number:
            out.raw(b" ")
        write_item(item, out)
    out.raw(b")")


def write_item(item: Item, out: Writer) -> None:
    """One item, as it is asked for."""
    out.raw(item.name.encode("ascii"))
    if item.section is None:
        return
    if item.peek:
        out.raw(b".PEEK")
    write_section(item.section, out)
    if item.partial is not None:
        out.raw(b"<%d.%d>" % item.partial)


def write_section(section: Section, out: Writer) -> None:
    """`[…]`, in requests and answers alike."""
    out.raw(b"[" + b".".join(b"%d" % number for number in section.part))
    if section.what:
        out.raw((b"." if section.part else b"") + section.what.encode("ascii"))
    if section.fields:
        out.raw(b" (")
        for number, field in enumerate(section.fields):
            if number:
                out.raw(b" ")
            out.text(field, "a header's name")
        out.raw(b")")
    out.raw(b"]")


def label(item: Item) -> bytes:
    """An item's name as an answer to it has it: without PEEK and without the length (RFC 9051 §7.5.2)."""
    if item.section is None:
        return item.name.encode("ascii")
    out = Writer()
    write_section(item.section, out)
    made = item.name.encode("ascii") + b"".join(
        part if number % 2 == 0 else b"{%d}\r\n%b" % (len(part), part) for number, part in enumerate(out.parts)
    )
    return made if item.partial is None else made + b"<%d>" % item.partial[0]


def parse_section(text: str) -> Section:
    """A section as a person writes it, such as `1.2`, `HEADER` or `HEADER.FIELDS (SUBJECT)`."""
    try:
        cursor = Cursor((f"[{text}]".encode(),))
        section = read_section(cursor)
        cursor.end()
    except (RemoteProtocolError, UnicodeEncodeError):
        raise LocalProtocolError(
            f"{text[:60]!r} is no section of a message", rule="RFC 9051 §6.4.5", hint="1.2, TEXT, HEADER, 1.MIME"
        ) from None
    return section
