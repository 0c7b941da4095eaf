"""What SEARCH asks for: keys, and what is to be told of the result (RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 5032)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.wire.imap import dates, sequence, tokens
from netloom.wire.imap.sequence import Numbers

if TYPE_CHECKING:
    from netloom.wire.imap.tokens import Cursor, Writer

KEYS_LIMIT = 1000
DEPTH_LIMIT = 32
RETURNS = ("MIN", "MAX", "ALL", "COUNT", "SAVE")

FLAGGED = {
    "ANSWERED": "\\Answered", "DELETED": "\\Deleted", "DRAFT": "\\Draft", "FLAGGED": "\\Flagged", "RECENT": "\\Recent",
    "SEEN": "\\Seen",
}  # fmt: skip
"""Keys that ask for a flag; with UN before them, for its absence."""
TEXTS = ("BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO")
DAYS = ("BEFORE", "ON", "SENTBEFORE", "SENTON", "SENTSINCE", "SINCE")
SIZES = ("LARGER", "SMALLER", "OLDER", "YOUNGER")
_SIMPLE = ("ALL", "NEW", "OLD", *(f"{un}{name}" for name in FLAGGED for un in ("", "UN") if un + name != "UNRECENT"))
_ARGUED = frozenset((*TEXTS, *DAYS, *SIZES, "HEADER", "KEYWORD", "UNKEYWORD", "UID", "NOT", "OR"))


class Key(Struct, frozen=True):
    """One condition by name. Which of the others is set follows from the name.

    `keys` are those of AND, OR (two) and NOT (one); `numbers` those of UID and SEQUENCE.
    """

    name: str
    text: str = ""
    field: str = ""
    day: date | None = None
    number: int = 0
    numbers: Numbers | None = None
    keys: tuple[Key, ...] = ()


class Search(Struct, frozen=True):
    """A whole SEARCH. `returns` is None without RETURN, and () for `RETURN ()`, which means ALL."""

    key: Key
    returns: tuple[str, ...] | None = None
    charset: str = ""


def read(cursor: Cursor) -> Search:
    """What follows SEARCH and a space."""
    returns = None
    charset = ""
    if cursor.skip_word(b"RETURN"):
        returns = tuple(str(word).upper() for word in cursor.listed(cursor.atom))
        if set(returns) - set(RETURNS):
            cursor.fail(f"RETURN knows {', '.join(RETURNS)}")
        cursor.space()
    if cursor.skip_word(b"CHARSET"):
        charset = cursor.text(cursor.astring()).upper()
        cursor.space()
    budget = [KEYS_LIMIT]
    keys = [_key(cursor, charset, budget, 0)]
    while not cursor.ended:
        cursor.space()
        keys.append(_key(cursor, charset, budget, 0))
    return Search(keys[0] if len(keys) == 1 else Key("AND", keys=tuple(keys)), returns, charset)


def _key(cursor: Cursor, charset: str, budget: list[int], depth: int) -> Key:
    budget[0] -= 1
    if budget[0] < 0 or depth > DEPTH_LIMIT:
        cursor.fail("too many search keys")

    def deeper() -> Key:
        return _key(cursor, charset, budget, depth + 1)

    if cursor.looking_at(b"("):
        keys = cursor.listed(deeper)
        if not keys:
            cursor.fail("a search key is expected")
        return keys[0] if len(keys) == 1 else Key("AND", keys=tuple(keys))
    if cursor.looking_at_set():
        return Key("SEQUENCE", numbers=sequence.read(cursor))
    name = cursor.keyword()
    if name in _SIMPLE:
        return Key(name)
    if name not in _ARGUED:
        cursor.fail(f"{name[:40]} is no search key")
    cursor.space()
    if name == "NOT":
        return Key(name, keys=(deeper(),))
    if name == "OR":
        first = deeper()
        cursor.space()
        return Key(name, keys=(first, deeper()))
    return _with_argument(name, cursor, charset)


def _with_argument(name: str, cursor: Cursor, charset: str) -> Key:
    if name in TEXTS:
        return Key(name, _text(cursor, charset))
    if name == "HEADER":
        field = cursor.text(cursor.astring())
        cursor.space()
        return Key(name, _text(cursor, charset), field)
    if name in DAYS:
        return Key(name, day=dates.parse_date(cursor.text(cursor.astring())))
    if name in SIZES:
        return Key(name, number=cursor.number(tokens.NUMBER64_LIMIT))
    if name in ("KEYWORD", "UNKEYWORD"):
        return Key(name, cursor.flag())
    return Key(name, numbers=sequence.read(cursor))


def _text(cursor: Cursor, charset: str) -> str:
    octets = cursor.astring(loose=True)
    if charset in ("", "UTF-8", "US-ASCII"):
        return cursor.text(octets)
    return octets.decode("latin-1")  # nothing is searched for in a charset that isn't known


# Writing


def write(search: Search, out: Writer) -> None:
    """What follows SEARCH and a space."""
    if search.returns is not None:
        out.raw(b"RETURN (" + b" ".join(tokens.atom(word) for word in search.returns) + b") ")
    if search.charset:
        out.raw(b"CHARSET " + tokens.atom(search.charset) + b" ")
    key = search.key
    _write_all(key.keys if key.name == "AND" else (key,), out)


def _write_all(keys: tuple[Key, ...], out: Writer) -> None:
    for number, key in enumerate(keys):
        if number:
            out.raw(b" ")
        _write(key, out)


def _write(key: Key, out: Writer) -> None:
    name = key.name
    if name == "AND":
        out.raw(b"(")
        _write_all(key.keys, out)
        out.raw(b")")
    elif name == "SEQUENCE" and key.numbers is not None:
        out.raw(sequence.emit(key.numbers))
    else:
        out.raw(tokens.atom(name))
        if name in TEXTS or name == "HEADER":
            if name == "HEADER":
                out.raw(b" ").text(key.field, "a header's name")
            out.raw(b" ").text(key.text, "what is searched for")
        elif name in ("KEYWORD", "UNKEYWORD"):
            out.raw(b" " + tokens.flag(key.text))
        elif key.keys:
            out.raw(b" ")
            _write_all(key.keys, out)
        elif key.day is not None:
            out.raw(b" " + dates.emit_date(key.day))
        elif name in SIZES:
            out.raw(b" %d" % key.number)
        elif key.numbers is not None:
            out.raw(b" " + sequence.emit(key.numbers))
