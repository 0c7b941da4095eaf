"""A client's commands: their arguments, to read and to write (RFC 9051 §6, RFC 3501 §6)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import dates, items, search, sequence, tokens
from netloom.wire.imap.items import Item
from netloom.wire.imap.search import Search
from netloom.wire.imap.sequence import Numbers
from netloom.wire.imap.tokens import Cursor, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.wire.imap.framing import Parts

PATTERNS_LIMIT = 100
MESSAGES_LIMIT = 200
"""Messages in one APPEND (RFC 3502)."""
STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "APPENDLIMIT")
LIST_SELECTIONS = ("SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE")
LIST_RETURNS = ("SUBSCRIBED", "CHILDREN", "SPECIAL-USE")


class Command(Struct, frozen=True):
    """A tag, a name in upper case, and its arguments; those with UID before them have `UID ` in the name."""

    tag: str
    name: str
    arguments: Arguments | None = None


class Login(Struct, frozen=True):
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, password=***)"


class Authenticate(Struct, frozen=True):
    """`initial` is the first answer where it came at once (RFC 4959), without base64."""

    mechanism: str
    initial: bytes | None = None

    def __repr__(self) -> str:
        return f"Authenticate(mechanism={self.mechanism!r}, initial={'None' if self.initial is None else '***'})"


class Named(Struct, frozen=True):
    """One mailbox: SELECT, EXAMINE, CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE."""

    mailbox: str


class Rename(Struct, frozen=True):
    old: str
    new: str


class List(Struct, frozen=True):
    """LIST and LSUB. `status` are the items of RETURN (STATUS (…)) (RFC 5819)."""

    reference: str
    patterns: tuple[str, ...]
    selections: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


class Status(Struct, frozen=True):
    mailbox: str
    items: tuple[str, ...]


class Appended(Struct, frozen=True):
    """A message to append. `date` in Unix seconds; `utf8` says that its header may be UTF-8 (RFC 6855)."""

    data: bytes
    flags: tuple[str, ...] = ()
    date: float | None = None
    utf8: bool = False


class Append(Struct, frozen=True):
    mailbox: str
    messages: tuple[Appended, ...]


class Fetch(Struct, frozen=True):
    numbers: Numbers
    items: tuple[Item, ...]


class Store(Struct, frozen=True):
    """`action` is + (add), - (remove) or empty (replace)."""

    numbers: Numbers
    flags: tuple[str, ...]
    action: str = ""
    silent: bool = False


class Copy(Struct, frozen=True):
    """COPY and MOVE."""

    numbers: Numbers
    mailbox: str


class Expunge(Struct, frozen=True):
    """UID EXPUNGE (RFC 4315)."""

    numbers: Numbers


class Id(Struct, frozen=True):
    """RFC 2971. None is NIL: nothing is told."""

    fields: tuple[tuple[str, str | None], ...] | None = None


class Enable(Struct, frozen=True):
    names: tuple[str, ...]


Arguments = (
    Login
    | Authenticate
    | Named
    | Rename
    | List
    | Status
    | Append
    | Fetch
    | Store
    | Copy
    | Expunge
    | Id
    | Enable
    | Search
)

BARE = (
    "CAPABILITY", "CHECK", "CLOSE", "EXPUNGE", "IDLE", "LOGOUT", "NAMESPACE", "NOOP", "STARTTLS", "UNSELECT",
)  # fmt: skip
"""Commands without arguments."""


# Reading


def read_head(cursor: Cursor) -> tuple[str, str]:
    """A tag and a command's name, in upper case."""
    tag = cursor.tag()
    cursor.space()
    name = cursor.keyword()
    if name == "UID":
        cursor.space()
        name = f"UID {cursor.keyword()}"
    return tag, name


def read_arguments(name: str, cursor: Cursor) -> Arguments | None:
    """What follows the name. Raises RemoteProtocolError; KeyError where nobody knows the command."""
    if name in BARE:
        cursor.end()
        return None
    read = _READERS[name]
    cursor.space()
    arguments = read(cursor)
    cursor.end()
    return arguments


def parse(parts: Parts, *, utf8: bool = False) -> Command:
    """A whole command."""
    cursor = Cursor(parts, utf8=utf8)
    tag, name = read_head(cursor)
    try:
        return Command(tag, name, read_arguments(name, cursor))
    except KeyError:
        raise RemoteProtocolError(f"{name[:40]} is no command", rule="RFC 9051 §6") from None


def _login(cursor: Cursor) -> Login:
    user = cursor.text(cursor.astring())
    cursor.space()
    return Login(user, cursor.text(cursor.astring()))


def _authenticate(cursor: Cursor) -> Authenticate:
    mechanism = cursor.keyword()
    if cursor.ended:
        return Authenticate(mechanism)
    cursor.space()
    text = cursor.rest()
    return Authenticate(mechanism, b"" if text == b"=" else from_base64(text))


def from_base64(text: bytes) -> bytes:
    """An answer of an authentication exchange."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise RemoteProtocolError("what was said to authenticate isn't base64", rule="RFC 9051 §6.2.2") from None


def _named(cursor: Cursor) -> Named:
    return Named(cursor.mailbox())


def _select(cursor: Cursor) -> Named:
    named = Named(cursor.mailbox())
    if cursor.skip(b" "):
        cursor.listed(cursor.value)  # parameters that nobody has agreed on (RFC 4466 §2.1) change nothing
    return named


def _rename(cursor: Cursor) -> Rename:
    old = cursor.mailbox()
    cursor.space()
    return Rename(old, cursor.mailbox())


def _list(cursor: Cursor) -> List:
    selections: tuple[str, ...] = ()
    if cursor.looking_at(b"("):
        selections = tuple(cursor.listed(cursor.keyword))
        if set(selections) - set(LIST_SELECTIONS):
            cursor.fail(f"LIST selects by {', '.join(LIST_SELECTIONS)}")
        cursor.space()
    reference = cursor.mailbox()
    cursor.space()
    if cursor.looking_at(b"("):
        patterns = tuple(cursor.listed(cursor.pattern))
        if not 0 < len(patterns) <= PATTERNS_LIMIT:
            cursor.fail(f"1 to {PATTERNS_LIMIT} patterns are expected")
    else:
        patterns = (cursor.pattern(),)
    returns: list[str] = []
    status: list[str] = []
    if cursor.skip(b" "):
        if not cursor.skip_word(b"RETURN"):
            cursor.fail("RETURN is expected")

        def one() -> None:
            word = cursor.keyword()
            if word == "STATUS":
                cursor.space()
                status.extend(_status_items(cursor))
            elif word in LIST_RETURNS:
                returns.append(word)
            else:
                cursor.fail(f"RETURN knows {', '.join(LIST_RETURNS)} and STATUS")

        cursor.listed(one)
    return List(reference, patterns, selections, tuple(returns), tuple(status))


def _lsub(cursor: Cursor) -> List:
    reference = cursor.mailbox()
    cursor.space()
    return List(reference, (cursor.pattern(),))


def _status_items(cursor: Cursor) -> tuple[str, ...]:
    found = tuple(cursor.listed(cursor.keyword))
    if not found or set(found) - set(STATUS_ITEMS):
        cursor.fail(f"STATUS knows {', '.join(STATUS_ITEMS)}")
    return found


def _status(cursor: Cursor) -> Status:
    mailbox = cursor.mailbox()
    cursor.space()
    return Status(mailbox, _status_items(cursor))


def _append(cursor: Cursor) -> Append:
    mailbox = cursor.mailbox()
    messages: list[Appended] = []
    while cursor.skip(b" "):
        flags: tuple[str, ...] = ()
        date = None
        if cursor.looking_at(b"("):
            flags = tuple(cursor.listed(cursor.flag))
            cursor.space()
        if cursor.looking_at(b'"'):
            date = dates.parse_date_time(cursor.text(cursor.string()))
            cursor.space()
        utf8 = cursor.skip_word(b"UTF8")
        if utf8:
            cursor.expect(b"(")
        messages.append(Appended(cursor.string(), flags, date, utf8))
        if utf8:
            cursor.expect(b")")
        if len(messages) > MESSAGES_LIMIT:
            cursor.fail(f"more than {MESSAGES_LIMIT} messages")
    if not messages:
        cursor.fail("a message is expected")
    return Append(mailbox, tuple(messages))


def _fetch(cursor: Cursor) -> Fetch:
    numbers = sequence.read(cursor)
    cursor.space()
    found = items.read(cursor)
    if cursor.skip(b" "):
        cursor.listed(cursor.value)  # modifiers that nobody has agreed on (RFC 4466 §2.4)
    return Fetch(numbers, found)


def _store(cursor: Cursor) -> Store:
    numbers = sequence.read(cursor)
    cursor.space()
    action = "+" if cursor.skip(b"+") else "-" if cursor.skip(b"-") else ""
    word = cursor.item()
    if word not in ("FLAGS", "FLAGS.SILENT"):
        cursor.fail("FLAGS is expected")
    cursor.space()
    if cursor.looking_at(b"("):
        flags = tuple(cursor.listed(cursor.flag))
    else:
        found = [cursor.flag()]
        while cursor.skip(b" "):
            found.append(cursor.flag())
        flags = tuple(found)
    return Store(numbers, flags, action, word != "FLAGS")


def _copy(cursor: Cursor) -> Copy:
    numbers = sequence.read(cursor)
    cursor.space()
    return Copy(numbers, cursor.mailbox())


def _expunge(cursor: Cursor) -> Expunge:
    return Expunge(sequence.read(cursor))


def _id(cursor: Cursor) -> Id:
    if cursor.nil():
        return Id()
    words = cursor.listed(cursor.nstring)
    if len(words) % 2 or len(words) > 60 or any(word is None for word in words[::2]):
        cursor.fail("up to 30 names and values are expected")
    return Id(
        tuple(
            (name.decode("utf-8", "replace"), None if value is None else value.decode("utf-8", "replace"))
            for name, value in zip(words[::2], words[1::2], strict=True)
        )
    )


def _enable(cursor: Cursor) -> Enable:
    names = [cursor.keyword()]
    while cursor.skip(b" "):
        names.append(cursor.keyword())
    return Enable(tuple(names))


_READERS: dict[str, Callable[[Cursor], Arguments]] = {
    "LOGIN": _login, "AUTHENTICATE": _authenticate, "SELECT": _select, "EXAMINE": _select, "CREATE": _select,
    "DELETE": _named, "SUBSCRIBE": _named, "UNSUBSCRIBE": _named, "RENAME": _rename, "LIST": _list, "LSUB": _lsub,
    "STATUS": _status, "APPEND": _append, "SEARCH": search.read, "UID SEARCH": search.read, "FETCH": _fetch,
    "UID FETCH": _fetch, "STORE": _store, "UID STORE": _store, "COPY": _copy, "UID COPY": _copy, "MOVE": _copy,
    "UID MOVE": _copy, "UID EXPUNGE": _expunge, "ID": _id, "ENABLE": _enable,
}  # fmt: skip


# Writing


def emit(command: Command, *, utf8: bool = False) -> Parts:
    """A command as texts and literals in turn; `lay` makes of it what is sent. CR, LF and NUL are refused."""
    out = Writer(utf8=utf8)
    out.raw(command.tag.encode("ascii") + b" " + command.name.encode("ascii"))
    if command.arguments is not None:
        out.raw(b" ")
        _write(command.arguments, out)
    return out.parts


def _write(arguments: Arguments, out: Writer) -> None:  # noqa: PLR0912  # one case a kind
    match arguments:
        case Login(user, password):
            out.text(user, "the user's name").raw(b" ").text(password, "the password")
        case Authenticate(mechanism, initial):
            out.raw(tokens.atom(mechanism))
            if initial is not None:
                out.raw(b" " + (b64encode(initial) or b"="))
        case Named(mailbox):
            out.mailbox(mailbox)
        case Rename(old, new):
            out.mailbox(old).raw(b" ").mailbox(new)
        case List():
            _write_list(arguments, out)
        case Status(mailbox, wanted):
            out.mailbox(mailbox).raw(b" (" + b" ".join(map(tokens.atom, wanted)) + b")")
        case Append(mailbox, messages):
            out.mailbox(mailbox)
            for message in messages:
                _write_message(message, out)
        case Fetch(numbers, wanted):
            out.raw(sequence.emit(numbers) + b" ")
            items.write(wanted, out)
        case Store(numbers, flags, action, silent):
            out.raw(sequence.emit(numbers) + b" " + action.encode("ascii"))
            out.raw(b"FLAGS.SILENT " if silent else b"FLAGS ")
            out.raw(b"(" + b" ".join(map(tokens.flag, flags)) + b")")
        case Copy(numbers, mailbox):
            out.raw(sequence.emit(numbers) + b" ").mailbox(mailbox)
        case Expunge(numbers):
            out.raw(sequence.emit(numbers))
        case Id(fields):
            _write_id(fields, out)
        case Enable(names):
            out.raw(b" ".join(map(tokens.atom, names)))
        case Search():
            search.write(arguments, out)


def _write_list(arguments: List, out: Writer) -> None:
    if arguments.selections:
        out.raw(b"(" + b" ".join(map(tokens.atom, arguments.selections)) + b") ")
    out.mailbox(arguments.reference).raw(b" ")
    if len(arguments.patterns) != 1:
        out.raw(b"(")
    for number, pattern in enumerate(arguments.patterns):
        out.raw(b" " if number else b"").mailbox(pattern)
    if len(arguments.patterns) != 1:
        out.raw(b")")
    if arguments.returns or arguments.status:
        words = [tokens.atom(word) for word in arguments.returns]
        if arguments.status:
            words.append(b"STATUS (" + b" ".join(map(tokens.atom, arguments.status)) + b")")
        out.raw(b" RETURN (" + b" ".join(words) + b")")


def _write_message(message: Appended, out: Writer) -> None:
    out.raw(b" ")
    if message.flags:
        out.raw(b"(" + b" ".join(map(tokens.flag, message.flags)) + b") ")
    if message.date is not None:
        out.raw(b'"' + dates.emit_date_time(message.date) + b'" ')
    if message.utf8:
        out.raw(b"UTF8 (~")
    out.literal(message.data)
    if message.utf8:
        out.raw(b")")


def _write_id(fields: tuple[tuple[str, str | None], ...] | None, out: Writer) -> None:
    if fields is None:
        out.raw(b"NIL")
        return
    out.raw(b"(")
    for number, (name, value) in enumerate(fields):
        out.raw(b" " if number else b"").raw(tokens.quoted(name.encode())).raw(b" ")
        out.raw(b"NIL" if value is None else tokens.quoted(value.encode()))
    out.raw(b")")


def lay(parts: Parts, free: int = 0) -> list[bytes]:
    """What to send of a command, piece by piece: after each but the last the server has to say that it may go on.

    Literals of up to `free` octets go without asking (RFC 7888).
    """
    pieces: list[bytes] = []
    made = bytearray(parts[0])
    for at in range(1, len(parts), 2):
        octets = parts[at]
        if len(octets) <= free:
            made += b"{%d+}\r\n" % len(octets)
        else:
            made += b"{%d}\r\n" % len(octets)
            pieces.append(bytes(made))
            made = bytearray()
        made += octets
        made += parts[at + 1]
    made += b"\r\n"
    pieces.append(bytes(made))
    if any(part.find(b"\n") >= 0 for part in parts[::2]):
        raise LocalProtocolError("CR or LF within a command", rule="RFC 9051 §2.2")
    return pieces
