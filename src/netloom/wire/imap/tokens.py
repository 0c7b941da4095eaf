"""The words that IMAP's lines are made of: atoms, strings, numbers, lists; to read and to write (RFC 9051 §4, §9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import mutf7

if TYPE_CHECKING:
    from netloom.wire.imap.framing import Parts

NUMBER_LIMIT = 2**32 - 1
NUMBER64_LIMIT = 2**63 - 1
DEPTH_LIMIT = 64
"""Lists in lists."""

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_SAID = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+|\\\*')
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_NUMBER = re.compile(rb"[0-9]+")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LITERAL = re.compile(rb"~?\{[0-9]+\+?\}\Z")
_ITEM = re.compile(rb"[A-Za-z0-9.\-]+")
_SET_BEGINS = frozenset(bytes((octet,)) for octet in b"0123456789*$")
_WORD = re.compile(rb'[^\x00-\x20\x7f-\xff()"{]+')


class Cursor:
    """Reads a whole command or response from left to right. `utf8` is whether names of mailboxes are UTF-8."""

    def __init__(self, parts: Parts, *, utf8: bool = False, rule: str = "RFC 9051 §9") -> None:
        self.utf8 = utf8
        self._rule = rule
        self._parts = parts
        self._part = 0
        self._text = parts[0]
        self._at = 0

    def fail(self, message: str) -> NoReturn:
        """Raise what is wrong, here."""
        before = sum(len(part) + 2 * (number % 2 == 0) for number, part in enumerate(self._parts[: self._part]))
        raise RemoteProtocolError(message, rule=self._rule, offset=before + self._at)

    # Punctuation

    @property
    def ended(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._text) and self._part == len(self._parts) - 1

    def end(self) -> None:
        """Nothing may follow."""
        if not self.ended:
            self.fail("nothing more is expected here")

    def looking_at(self, text: bytes) -> bool:
        """Whether this comes next."""
        return self._text.startswith(text, self._at)

    def skip(self, text: bytes) -> bool:
        """Pass over this if it comes next."""
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def skip_word(self, word: bytes) -> bool:
        """Pass over a word, in whatever case, and the space behind it if they come next."""
        end = self._at + len(word)
        if self._text[self._at : end].upper() == word and self._text[end : end + 1] == b" ":
            self._at = end + 1
            return True
        return False

    def skip_last(self, word: bytes) -> bool:
        """Pass over a word, in whatever case, if it is all that is left."""
        if self._text[self._at :].upper() == word and self._part == len(self._parts) - 1:
            self._at = len(self._text)
            return True
        return False

    def looking_at_set(self) -> bool:
        """Whether a set of messages comes next."""
        return self._text[self._at : self._at + 1] in _SET_BEGINS

    def expect(self, text: bytes) -> None:
        """This has to come next."""
        if not self.skip(text):
            self.fail(f"{text.decode('latin-1')!r} is expected")

    def space(self) -> None:
        """One space has to come next."""
        if not self.skip(b" "):
            self.fail("a space is expected")

    def rest(self) -> bytes:
        """All that is left of this line."""
        found = self._text[self._at :]
        self._at = len(self._text)
        return found

    # Words

    def match(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        """What a pattern matches here."""
        found = pattern.match(self._text, self._at)
        if found is None:
            self.fail(f"{what} is expected")
        self._at = found.end()
        return found

    def atom(self) -> str:
        return self.match(_ATOM, "an atom")[0].decode("ascii")

    def keyword(self) -> str:
        """An atom in upper case."""
        return self.atom().upper()

    def tag(self) -> str:
        return self.match(_TAG, "a tag")[0].decode("ascii")

    def word(self) -> str:
        """Anything up to a space, a parenthesis or a quote."""
        return self.match(_WORD, "a word")[0].decode("ascii")

    def item(self) -> str:
        """What can be fetched, or a section's specifier, in upper case and up to its bracket."""
        return self.match(_ITEM, "an item")[0].decode("ascii").upper()

    def flag(self) -> str:
        return self.match(_FLAG, "a flag")[0].decode("ascii")

    def number(self, limit: int = NUMBER_LIMIT) -> int:
        digits = self.match(_NUMBER, "a number")[0]
        if len(digits) > 20 or int(digits) > limit:
            self.fail(f"a number up to {limit} is expected")
        return int(digits)

    def string(self) -> bytes:
        """A quoted string or a literal."""
        found = _QUOTED.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            return _ESCAPED.sub(rb"\1", found[1]) if b"\\" in found[1] else found[1]
        if not _LITERAL.match(self._text, self._at) or self._part + 2 >= len(self._parts):
            self.fail("a string is expected")
        octets = self._parts[self._part + 1]
        self._part += 2
        self._text, self._at = self._parts[self._part], 0
        return octets

    def nstring(self) -> bytes | None:
        """A string or NIL."""
        return None if self.nil() else self.string()

    def nil(self) -> bool:
        """Pass over a NIL if it comes next."""
        if self._text[self._at : self._at + 3].upper() == b"NIL":
            after = self._text[self._at + 3 : self._at + 4]
            if after in (b"", b" ", b")"):
                self._at += 3
                return True
        return False

    def astring(self, *, loose: bool = False) -> bytes:
        """An atom or a string. Where it is read `loose`, UTF-8 needs no quotes: several leave them out."""
        found = (_SAID if loose else _ASTRING).match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            return found[0]
        return self.string()

    def mailbox(self) -> str:
        """The name of a mailbox."""
        return self.name(self.astring())

    def pattern(self) -> str:
        """The name of a mailbox that may have wildcards."""
        found = _LIST_MAILBOX.match(self._text, self._at)
        if found is None:
            return self.name(self.string())
        self._at = found.end()
        return self.name(found[0])

    def name(self, octets: bytes) -> str:
        """A mailbox's name in UTF-8 where that is agreed on or plain to see, otherwise in modified UTF-7."""
        if b"\0" in octets or b"\r" in octets or b"\n" in octets:
            self.fail("CR, LF or NUL in a mailbox's name")
        if not self.utf8 and octets.isascii():
            return mutf7.decode(octets)
        return self.text(octets)

    def text(self, octets: bytes) -> str:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            self.fail("a text isn't UTF-8")

    # Lists

    def listed(self, read: Any) -> list[Any]:
        """`(…)` of what `read` reads, with single spaces between; it may be empty."""
        self.expect(b"(")
        found: list[Any] = []
        while not self.skip(b")"):
            if found:
                self.space()
            found.append(read())
        return found

    def value(self, depth: int = 0) -> Any:
        """Whatever comes: None for NIL, bytes for a string, str for a word, int for a number, a list."""
        if depth > DEPTH_LIMIT:
            self.fail("lists are nested too deeply")
        if self.skip(b"("):
            found: list[Any] = []
            while not self.skip(b")"):
                # Address lists and bodies stand one behind the other without a space
                if found and not self.looking_at(b"("):
                    self.space()
                elif found:
                    self.skip(b" ")
                found.append(self.value(depth + 1))
            return found
        if self.looking_at(b'"') or self.looking_at(b"{") or self.looking_at(b"~{"):
            return self.string()
        if self.nil():
            return None
        word = self.word()
        return int(word) if word.isdigit() and len(word) <= 20 else word


# Writing


class Writer:
    """A command as a client says it: texts and literals in turn, since it may have to wait before each literal.

    With `utf8`, strings beyond ASCII may stand in quotes and names of mailboxes are UTF-8.
    """

    def __init__(self, *, utf8: bool = False) -> None:
        self.utf8 = utf8
        self._parts: list[bytes] = []
        self._text = bytearray()

    def raw(self, octets: bytes) -> Writer:
        """What is as it has to be already."""
        self._text += octets
        return self

    def literal(self, octets: bytes) -> Writer:
        if b"\0" in octets:
            raise LocalProtocolError("NUL in a literal", rule="RFC 9051 §4.3")
        self._parts += (bytes(self._text), octets)
        self._text.clear()
        return self

    def string(self, octets: bytes) -> Writer:
        """In quotes where that is possible."""
        if _QUOTABLE.fullmatch(octets) or (self.utf8 and _is_quotable_utf8(octets)):
            return self.raw(quoted(octets))
        return self.literal(octets)

    def astring(self, octets: bytes) -> Writer:
        return self.raw(octets) if is_astring(octets) else self.string(octets)

    def text(self, text: str, what: str) -> Writer:
        """A text from somebody here as an astring; CR, LF and NUL are refused."""
        if any(character in text for character in "\r\n\0"):
            raise LocalProtocolError(f"CR, LF or NUL in {what}", rule="RFC 9051 §9")
        try:
            return self.astring(text.encode())
        except UnicodeEncodeError:
            raise LocalProtocolError(f"{what} isn't text", rule="RFC 9051 §9") from None

    def mailbox(self, name: str) -> Writer:
        return self.raw(mailbox(name, utf8=self.utf8))

    @property
    def parts(self) -> Parts:
        """Text, literal, text, …: the texts are without the mark that announces a literal."""
        return (*self._parts, bytes(self._text))


def quoted(octets: bytes) -> bytes:
    """A quoted string; CR, LF and NUL can't stand in it."""
    if b"\r" in octets or b"\n" in octets or b"\0" in octets:
        raise LocalProtocolError("CR, LF or NUL in a quoted string", rule="RFC 9051 §4.3")
    if b"\\" in octets or b'"' in octets:
        octets = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + octets + b'"'


def literal(octets: bytes) -> bytes:
    """A literal as a server says it. NUL can't stand in one: it becomes 0x80, of the same length."""
    if b"\0" in octets:
        octets = octets.replace(b"\0", b"\x80")
    return b"{%d}\r\n%b" % (len(octets), octets)


def literal8(octets: bytes) -> bytes:
    """A literal in which NULs may stand (RFC 3516)."""
    return b"~{%d}\r\n%b" % (len(octets), octets)


_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]{0,1000}")


def string(octets: bytes, *, utf8: bool = False) -> bytes:
    """A string as a server says it: quoted where that is possible, otherwise a literal."""
    if _QUOTABLE.fullmatch(octets) or (utf8 and _is_quotable_utf8(octets)):
        return quoted(octets)
    return literal(octets)


def _is_quotable_utf8(octets: bytes) -> bool:
    if len(octets) > 1000 or b"\r" in octets or b"\n" in octets or b"\0" in octets:
        return False
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def nstring(octets: bytes | None, *, utf8: bool = False) -> bytes:
    """A string, or NIL for None."""
    return b"NIL" if octets is None else string(octets, utf8=utf8)


def is_atom(octets: bytes) -> bool:
    return _ATOM.fullmatch(octets) is not None


def is_astring(octets: bytes) -> bool:
    """Whether it needs no quotes where an astring stands."""
    return _ASTRING.fullmatch(octets) is not None and octets.upper() != b"NIL"


def is_flag(text: str) -> bool:
    return text.isascii() and _FLAG.fullmatch(text.encode("ascii")) is not None


def atom(text: str) -> bytes:
    """An atom that we say."""
    octets = text.encode("ascii", "replace")
    if not text.isascii() or not is_atom(octets):
        raise LocalProtocolError(f"{text[:40]!r} is no atom", rule="RFC 9051 §9")
    return octets


def flag(text: str) -> bytes:
    """A flag that we say."""
    if not is_flag(text):
        raise LocalProtocolError(f"{text[:40]!r} is no flag", rule="RFC 9051 §2.3.2")
    return text.encode("ascii")


def flags(names: Any) -> bytes:
    """A list of flags."""
    return b"(" + b" ".join(flag(name) for name in sorted(names)) + b")"


def mailbox(name: str, *, utf8: bool = False) -> bytes:
    """A mailbox's name as it is said by both sides; CR, LF and NUL are refused."""
    if any(character in name for character in "\r\n\0"):
        raise LocalProtocolError("CR, LF or NUL in a mailbox's name", rule="RFC 9051 §5.1")
    try:
        octets = name.encode() if utf8 else mutf7.encode(name)
    except UnicodeEncodeError:
        raise LocalProtocolError("the name of a mailbox is Unicode text", rule="RFC 9051 §5.1") from None
    return octets if is_astring(octets) else quoted(octets)
