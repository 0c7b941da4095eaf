"""IMAP, the passive decoder: the dialogue in words, without anything that authenticates (RFC 9051)."""

from __future__ import annotations

import re

from netloom.records import Said

_LINE = 16 * 1024
_SHOWN = 200
_HIDDEN = "•••"
_LITERAL = re.compile(rb"\{(\d{1,15})\+?\}\r?\n\Z")
_COMMAND = re.compile(r"([^\s+*{}()\"\\%]{1,40}) ([A-Za-z][A-Za-z0-9 ]{1,20}?)(?=\s|$)")
_GREETING = re.compile(rb"\* OK[^\r\n]*(?:IMAP|CAPABILITY)", re.IGNORECASE)
_SPOKEN = re.compile(rb"(?:\S+ (?:OK|NO|BAD|BYE|PREAUTH)\b|\+)", re.IGNORECASE)
_KNOWN = frozenset(
    (
        "APPEND", "AUTHENTICATE", "CAPABILITY", "CHECK", "CLOSE", "COPY", "CREATE", "DELETE", "ENABLE", "EXAMINE",
        "EXPUNGE", "FETCH", "ID", "IDLE", "LIST", "LOGIN", "LOGOUT", "LSUB", "MOVE", "NAMESPACE", "NOOP", "RENAME",
        "SEARCH", "SELECT", "STARTTLS", "STATUS", "STORE", "SUBSCRIBE", "UID", "UNSELECT", "UNSUBSCRIBE", "GETQUOTA",
        "GETQUOTAROOT", "SORT", "THREAD", "COMPRESS", "NOTIFY", "GETMETADATA", "SETMETADATA",
    )
)  # fmt: skip
_PASSES = ("LOGIN", "AUTHENTICATE")


def is_greeting(data: bytes) -> bool:
    """Whether a server's first bytes are IMAP's."""
    return _GREETING.match(data[:2048]) is not None


class Decoder:
    """Commands and responses in words. Memory is bounded; bytes after STARTTLS that are TLS aren't looked at."""

    def __init__(self) -> None:
        self._sides = {"client": _Side(spoken=False), "server": _Side(spoken=True)}
        self._secret = False  # within AUTHENTICATE: each line of the client shows who it is
        self._hides_rest = False  # of a command that has a password
        self._encrypted = False
        self._asked_tls = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """Some bytes of one side."""
        if self._asked_tls and data[:2] == b"\x16\x03":
            self._encrypted = True
        if self._encrypted:
            return []
        said = []
        for line, whole, size in self._sides[sender].feed(data):
            words = self._command(line, whole) if sender == "client" else self._response(line)
            said.append(Said(sender=sender, words=words, size=size))
        return said

    def _command(self, line: bytes, whole: bool) -> str:
        if self._secret:
            return _HIDDEN
        text = _text(line)
        if text.upper() == "DONE":
            return "DONE"
        found = _COMMAND.match(text)
        name = found[2].upper().partition(" ")[0] if found else ""
        if found is None or name not in _KNOWN:
            return "something that is no command"  # it may be an answer of an exchange whose beginning wasn't seen
        if name == "AUTHENTICATE":
            self._secret = True
            words = text.split(" ")
            return " ".join([*words[:3], *([_HIDDEN] if len(words) > 3 else [])])
        if name == "LOGIN":
            user = text.split(" ")[2:3]
            shown = [] if not user or user[0].startswith(("{", '"')) else user
            return " ".join([*text.split(" ")[:2], *shown, _HIDDEN])
        if name == "STARTTLS":
            self._asked_tls = True
        return text

    def _response(self, line: bytes) -> str:
        if line.startswith(b"+"):
            return "+ challenge" if self._secret else _text(line)
        if not line.startswith(b"*"):
            self._secret = False
        return _text(line)


class _Side:
    """The lines of one side. A literal is passed over; what comes after it belongs to the same line."""

    def __init__(self, *, spoken: bool) -> None:
        self._spoken = spoken
        self._left = b""
        self._first = b""  # how the command or response began
        self._literal = 0
        self._size = 0

    def feed(self, data: bytes) -> list[tuple[bytes, bool, int]]:
        """Each whole command or response: how it begins, whether all of it is that, and its octets."""
        found = []
        data = self._left + data
        self._left = b""
        while data:
            if self._literal:
                taken = min(self._literal, len(data))
                self._literal -= taken
                self._size += taken
                data = data[taken:]
                continue
            end = data.find(b"\n")
            if end < 0 and len(data) <= _LINE:
                self._left = data
                break
            line, data = (data[: end + 1], data[end + 1 :]) if end >= 0 else (data, b"")
            self._size += len(line)
            announced = None if self._spoken and not self._first and _SPOKEN.match(line) else _LITERAL.search(line)
            first = self._first or line
            if announced is not None:
                self._first, self._literal = first, int(announced[1])
                continue
            found.append((first, not self._first, self._size))
            self._first, self._size = b"", 0
        return found


def _text(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
