"""A server's responses, to read and to write (RFC 9051 §7, RFC 3501 §7, RFC 4731, RFC 5464's neighbours left out)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import dates, items, sequence, tokens
from netloom.wire.imap.bodystructure import Body
from netloom.wire.imap.bodystructure import emit as emit_body
from netloom.wire.imap.bodystructure import read as read_body
from netloom.wire.imap.envelope import Envelope
from netloom.wire.imap.envelope import emit as emit_envelope
from netloom.wire.imap.envelope import read as read_envelope
from netloom.wire.imap.items import Section
from netloom.wire.imap.sequence import Numbers
from netloom.wire.imap.tokens import NUMBER64_LIMIT, Cursor

if TYPE_CHECKING:
    from netloom.wire.imap.framing import Parts

CONDITIONS = ("OK", "NO", "BAD", "BYE", "PREAUTH")


class Continue(Struct, frozen=True):
    """`+`: the server waits for what comes next; `text` is a challenge in base64, or words."""

    text: str = ""


class Condition(Struct, frozen=True):
    """OK, NO, BAD, BYE or PREAUTH; `tag` is `*` where no command is answered.

    `code` is the name in brackets and `values` what follows it there, as it stands.
    """

    tag: str
    kind: str
    text: str = ""
    code: str = ""
    values: str = ""


class Capabilities(Struct, frozen=True):
    names: tuple[str, ...]


class Enabled(Struct, frozen=True):
    names: tuple[str, ...]


class Mailbox(Struct, frozen=True):
    """LIST, LSUB: `attributes` such as \\Noselect; `separator` is empty where there is no hierarchy."""

    name: str
    separator: str = ""
    attributes: tuple[str, ...] = ()
    subscribed_list: bool = False


class MailboxStatus(Struct, frozen=True):
    name: str
    values: dict[str, int]


class Found(Struct, frozen=True):
    """SEARCH: message numbers, or UIDs."""

    numbers: tuple[int, ...]


class FoundMore(Struct, frozen=True):
    """ESEARCH (RFC 4731). `tag` is of the command that asked; `all` are the numbers; None what wasn't told."""

    tag: str = ""
    uid: bool = False
    min: int | None = None
    max: int | None = None
    count: int | None = None
    all: Numbers | None = None


class Flags(Struct, frozen=True):
    names: tuple[str, ...]


class Count(Struct, frozen=True):
    """EXISTS, RECENT, EXPUNGE with their number."""

    kind: str
    number: int


class Namespaces(Struct, frozen=True):
    """RFC 2342: prefix and separator of each of one's own, others' and shared namespaces."""

    personal: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    shared: tuple[tuple[str, str], ...] = ()


class Identity(Struct, frozen=True):
    """ID (RFC 2971)."""

    fields: tuple[tuple[str, str], ...] = ()


class Fetched(Struct, frozen=True, kw_only=True):
    """FETCH: what was told of a message; what wasn't is None.

    `texts` are BODY[…] and BINARY[…] by section and where they begin; RFC822 and its like are there as what they mean.
    """

    number: int
    uid: int | None = None
    flags: tuple[str, ...] | None = None
    date: float | None = None
    size: int | None = None
    envelope: Envelope | None = None
    body: Body | None = None
    structure: Body | None = None
    texts: dict[tuple[Section, int], bytes | None] = field(default_factory=dict)
    sizes: dict[Section, int] = field(default_factory=dict)

    def text(self, section: Section) -> bytes | None:
        """The text of a section, wherever it begins."""
        return next((text for (one, _), text in self.texts.items() if one == section), None)


class Unknown(Struct, frozen=True):
    """A response that nobody asked for: it is passed over."""

    name: str


Response = (
    Continue | Condition | Capabilities | Enabled | Mailbox | MailboxStatus | Found | FoundMore | Flags | Count
    | Namespaces | Identity | Fetched | Unknown
)  # fmt: skip

_COUNTS = ("EXISTS", "RECENT", "EXPUNGE")


def parse(parts: Parts, *, utf8: bool = False) -> Response:
    """A whole response."""
    cursor = Cursor(parts, utf8=utf8, rule="RFC 9051 §7")
    if cursor.skip(b"+"):
        cursor.skip(b" ")
        return Continue(_words(cursor))
    if not cursor.skip(b"* "):
        tag = cursor.tag()
        cursor.space()
        kind = cursor.keyword()
        if kind not in ("OK", "NO", "BAD"):
            cursor.fail("OK, NO or BAD is expected")
        return _condition(tag, kind, cursor)
    if cursor.looking_at_set():
        return _numbered(cursor)
    name = cursor.keyword()
    if name in CONDITIONS:
        return _condition("*", name, cursor)
    read = _READERS.get(name)
    if read is None:
        return Unknown(name)
    found: Response = read(cursor)
    cursor.skip(b" ")  # several servers end some lines so
    cursor.end()
    return found


def _words(cursor: Cursor) -> str:
    return cursor.rest().decode("utf-8", "backslashreplace")


def _condition(tag: str, kind: str, cursor: Cursor) -> Condition:
    if cursor.ended:
        return Condition(tag, kind)
    cursor.space()
    text = _words(cursor)
    if text.startswith("["):
        inside, closed, text_after = _bracketed(text)
        if closed:
            code, _, values = inside.partition(" ")
            return Condition(tag, kind, text_after.removeprefix(" "), code.upper(), values)
    return Condition(tag, kind, text)


def _bracketed(text: str) -> tuple[str, bool, str]:
    """A code in brackets, in whose quoted strings brackets may stand, and what follows."""
    quoted = False
    at = 1
    while at < len(text):
        character = text[at]
        if quoted and character == "\\":
            at += 1
        elif character == '"':
            quoted = not quoted
        elif character == "]" and not quoted:
            return text[1:at], True, text[at + 1 :]
        at += 1
    end = text.find("]")
    return (text[1:end], True, text[end + 1 :]) if end > 0 else ("", False, text)


def _numbered(cursor: Cursor) -> Response:
    number = cursor.number()
    cursor.space()
    name = cursor.keyword()
    if name in _COUNTS:
        cursor.skip(b" ")
        cursor.end()
        return Count(name, number)
    if name != "FETCH":
        return Unknown(name)
    cursor.space()
    made: dict[str, Any] = {"number": number, "texts": {}, "sizes": {}}
    cursor.expect(b"(")
    while not cursor.skip(b")"):
        cursor.skip(b" ")
        _fetched(cursor, made)
    cursor.end()
    return Fetched(**made)


_WHOLE = {"RFC822": Section(), "RFC822.HEADER": Section(what="HEADER"), "RFC822.TEXT": Section(what="TEXT")}


def _fetched(cursor: Cursor, made: dict[str, Any]) -> None:  # noqa: PLR0912  # one case an item
    name = cursor.item()
    if cursor.looking_at(b"["):
        section = items.read_section(cursor, binary=name != "BODY")
        start = 0
        if cursor.skip(b"<"):
            start = cursor.number(NUMBER64_LIMIT)
            cursor.expect(b">")
        cursor.space()
        if name in ("BODY", "BINARY"):
            made["texts"][section, start] = cursor.nstring()
        elif name == "BINARY.SIZE":
            made["sizes"][section] = cursor.number(NUMBER64_LIMIT)
        else:
            cursor.value()
        return
    cursor.space()
    if name == "UID":
        made["uid"] = cursor.number()
    elif name == "FLAGS":
        made["flags"] = tuple(cursor.listed(cursor.flag))
    elif name == "RFC822.SIZE":
        made["size"] = cursor.number(NUMBER64_LIMIT)
    elif name == "INTERNALDATE":
        made["date"] = dates.parse_date_time(cursor.text(cursor.string()))
    elif name == "ENVELOPE":
        made["envelope"] = read_envelope(cursor.value())
    elif name == "BODY":
        made["body"] = read_body(cursor.value())
    elif name == "BODYSTRUCTURE":
        made["structure"] = read_body(cursor.value())
    elif name in _WHOLE:
        made["texts"][_WHOLE[name], 0] = cursor.nstring()
    else:
        cursor.value()  # an extension's


def _atoms(cursor: Cursor) -> tuple[str, ...]:
    found = []
    while cursor.skip(b" "):
        if cursor.ended:
            break
        found.append(cursor.word().upper())
    return tuple(found)


def _capabilities(cursor: Cursor) -> Capabilities:
    return Capabilities(_atoms(cursor))


def _enabled(cursor: Cursor) -> Enabled:
    return Enabled(_atoms(cursor))


def _listed(cursor: Cursor) -> Mailbox:
    cursor.space()
    attributes = tuple(cursor.listed(cursor.flag))
    cursor.space()
    separator = cursor.nstring()
    cursor.space()
    name = _name(cursor)
    if cursor.skip(b" ("):  # extended items (RFC 5258)
        while not cursor.skip(b")"):
            cursor.astring()
            cursor.space()
            cursor.value()
            cursor.skip(b" ")
    return Mailbox(name, "" if separator is None else cursor.text(separator), attributes)


def _subscribed(cursor: Cursor) -> Mailbox:
    found = _listed(cursor)
    return Mailbox(found.name, found.separator, found.attributes, True)


def _name(cursor: Cursor) -> str:
    """A mailbox's name. One that isn't modified UTF-7 is told as it stands: somebody has made it so."""
    octets = cursor.astring(loose=True)
    try:
        return cursor.name(octets)
    except RemoteProtocolError:
        return octets.decode("utf-8", "backslashreplace")


def _status(cursor: Cursor) -> MailboxStatus:
    cursor.space()
    name = _name(cursor)
    cursor.space()
    values: dict[str, int] = {}
    cursor.expect(b"(")
    while not cursor.skip(b")"):
        cursor.skip(b" ")
        item = cursor.keyword()
        cursor.space()
        value = cursor.value()
        if isinstance(value, int):
            values[item] = value
    return MailboxStatus(name, values)


def _found(cursor: Cursor) -> Found:
    numbers = []
    while cursor.skip(b" "):
        if cursor.ended:
            break
        if cursor.looking_at(b"("):
            cursor.value()  # MODSEQ (RFC 7162)
            break
        numbers.append(cursor.number())
    return Found(tuple(numbers))


def _found_more(cursor: Cursor) -> FoundMore:
    made: dict[str, Any] = {}
    if cursor.skip(b" (TAG "):
        made["tag"] = cursor.text(cursor.astring())
        cursor.expect(b")")
    while cursor.skip(b" "):
        word = cursor.keyword()
        if word == "UID":
            made["uid"] = True
            continue
        cursor.space()
        if word in ("MIN", "MAX", "COUNT"):
            made[word.lower()] = cursor.number()
        elif word == "ALL":
            made["all"] = sequence.read(cursor)
        else:
            cursor.value()
    return FoundMore(**made)


def _flags(cursor: Cursor) -> Flags:
    cursor.space()
    return Flags(tuple(cursor.listed(cursor.flag)))


def _namespaces(cursor: Cursor) -> Namespaces:
    found = []
    for _ in range(3):
        cursor.space()
        spaces: list[tuple[str, str]] = []
        listed = cursor.value()
        if listed is not None and not isinstance(listed, list):
            cursor.fail("namespaces are a list, or NIL")
        for one in listed or ():
            if not isinstance(one, list) or len(one) < 2 or not isinstance(one[0], bytes):
                cursor.fail("a namespace has a prefix and a separator")
            spaces.append((cursor.name(one[0]), cursor.text(one[1]) if isinstance(one[1], bytes) else ""))
        found.append(tuple(spaces))
    return Namespaces(*found)


def _identity(cursor: Cursor) -> Identity:
    cursor.space()
    if cursor.nil():
        return Identity()
    words = [word if word is None else word.decode("utf-8", "replace") for word in cursor.listed(cursor.nstring)]
    return Identity(
        tuple((name, value) for name, value in zip(words[::2], words[1::2], strict=False) if name and value is not None)
    )


_READERS: dict[str, Any] = {
    "CAPABILITY": _capabilities, "ENABLED": _enabled, "LIST": _listed, "LSUB": _subscribed, "STATUS": _status,
    "SEARCH": _found, "ESEARCH": _found_more, "FLAGS": _flags, "NAMESPACE": _namespaces, "ID": _identity,
}  # fmt: skip


# Writing


def emit(response: Response, *, utf8: bool = False) -> bytes:  # noqa: PLR0911, PLR0912  # one case a kind
    """A whole response with its CRLF. CR, LF and NUL in words are refused."""
    match response:
        case Continue(text):
            return b"+ " + _spoken(text) + b"\r\n"
        case Condition():
            return _emit_condition(response)
        case Capabilities(names):
            return b"* CAPABILITY " + b" ".join(map(tokens.atom, names)) + b"\r\n"
        case Enabled(names):
            return b"* ENABLED" + b"".join(b" " + tokens.atom(name) for name in names) + b"\r\n"
        case Mailbox(name, separator, attributes, subscribed_list):
            return b"* %b (%b) %b %b\r\n" % (
                b"LSUB" if subscribed_list else b"LIST",
                b" ".join(map(tokens.flag, attributes)),
                tokens.quoted(separator.encode()) if separator else b"NIL",
                tokens.mailbox(name, utf8=utf8),
            )
        case MailboxStatus(name, values):
            told = b" ".join(tokens.atom(item) + b" %d" % value for item, value in values.items())
            return b"* STATUS %b (%b)\r\n" % (tokens.mailbox(name, utf8=utf8), told)
        case Found(numbers):
            return b"* SEARCH" + b"".join(b" %d" % number for number in numbers) + b"\r\n"
        case FoundMore():
            return _emit_found_more(response)
        case Flags(names):
            return b"* FLAGS (" + b" ".join(map(tokens.flag, names)) + b")\r\n"
        case Count(kind, number):
            return b"* %d %b\r\n" % (number, tokens.atom(kind))
        case Namespaces(personal, others, shared):
            return b"* NAMESPACE " + b" ".join(_emit_spaces(one, utf8) for one in (personal, others, shared)) + b"\r\n"
        case Identity(fields):
            words = b" ".join(tokens.string(word.encode()) for pair in fields for word in pair)
            return b"* ID " + (b"(" + words + b")" if fields else b"NIL") + b"\r\n"
        case Fetched():
            return emit_fetched(response.number, _told(response, utf8=utf8))
        case Unknown(name):
            raise LocalProtocolError(f"{name[:40]} isn't said here", rule="RFC 9051 §7")


def _spoken(text: str) -> bytes:
    if any(character in text for character in "\r\n\0"):
        raise LocalProtocolError("CR, LF or NUL in a response", rule="RFC 9051 §7.1")
    return text.encode("utf-8", "backslashreplace")


def _emit_condition(condition: Condition) -> bytes:
    code = ""
    if condition.code:
        code = f"[{condition.code}{' ' + condition.values if condition.values else ''}] "
    words = _spoken(f"{condition.tag} {condition.kind} {code}{condition.text or condition.kind.lower()}")
    return words + b"\r\n"


def _emit_found_more(found: FoundMore) -> bytes:
    made = b"* ESEARCH"
    if found.tag:
        made += b" (TAG " + tokens.quoted(found.tag.encode()) + b")"
    if found.uid:
        made += b" UID"
    for name in ("min", "max", "count"):
        value = getattr(found, name)
        if value is not None:
            made += b" %b %d" % (name.upper().encode("ascii"), value)
    if found.all is not None:
        made += b" ALL " + sequence.emit(found.all)
    return made + b"\r\n"


def _emit_spaces(spaces: tuple[tuple[str, str], ...], utf8: bool) -> bytes:
    if not spaces:
        return b"NIL"
    made = b""
    for prefix, separator in spaces:
        name = tokens.mailbox(prefix, utf8=utf8)
        made += b"(%b %b)" % (
            name if name.startswith(b'"') else b'"' + name + b'"',
            tokens.quoted(separator.encode()) if separator else b"NIL",
        )
    return b"(" + made + b")"


def emit_fetched(number: int, told: list[bytes]) -> bytes:
    """A FETCH response of items that are written already: `NAME value` each."""
    return b"* %d FETCH (%b)\r\n" % (number, b" ".join(told))


def _told(fetched: Fetched, *, utf8: bool) -> list[bytes]:
    told = []
    if fetched.uid is not None:
        told.append(b"UID %d" % fetched.uid)
    if fetched.flags is not None:
        told.append(b"FLAGS (" + b" ".join(map(tokens.flag, fetched.flags)) + b")")
    if fetched.date is not None:
        told.append(b'INTERNALDATE "' + dates.emit_date_time(fetched.date) + b'"')
    if fetched.size is not None:
        told.append(b"RFC822.SIZE %d" % fetched.size)
    if fetched.envelope is not None:
        told.append(b"ENVELOPE " + emit_envelope(fetched.envelope, utf8=utf8))
    if fetched.body is not None:
        told.append(b"BODY " + emit_body(fetched.body, extended=False, utf8=utf8))
    if fetched.structure is not None:
        told.append(b"BODYSTRUCTURE " + emit_body(fetched.structure, utf8=utf8))
    for section, size in fetched.sizes.items():
        told.append(items.label(items.Item("BINARY.SIZE", section)) + b" %d" % size)
    for (section, start), text in fetched.texts.items():
        item = items.Item("BODY", section, (start, 1) if start else None)
        told.append(items.label(item) + b" " + tokens.nstring(text))
    return told
