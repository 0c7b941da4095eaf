"""POP3, the passive decoder: the dialogue in words, without anything that authenticates (RFC 1939)."""

from __future__ import annotations

import re
from collections import deque

from netloom.records import Said
from netloom.wire.subject import subject_of

_LINE = 16 * 1024
_HEADER = 8 * 1024
_SHOWN = 200
_HIDDEN = "•••"
_ASKED = 1000
_KEYWORD = re.compile(rb"[A-Za-z0-9]{3,8}(?=[ \r\n])")
_KNOWN = frozenset(
    (
        "APOP", "AUTH", "CAPA", "DELE", "LANG", "LIST", "NOOP", "PASS", "QUIT", "RETR", "RSET", "STAT", "STLS", "TOP",
        "UIDL", "USER", "UTF8",
    )
)  # fmt: skip
_MESSAGES = ("RETR", "TOP")


class Decoder:
    """Commands, answers and mails in words. Memory is bounded; bytes after STLS that are TLS aren't looked at."""

    def __init__(self) -> None:
        self._lines = {"client": b"", "server": b""}
        self._asked: deque[str] = deque(maxlen=_ASKED)  # commands that weren't answered yet
        self._secret = False  # within AUTH: each line of the client shows who it is
        self._block: _Block | None = None
        self._greeted = False
        self._agreed = False
        self._encrypted = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """Some bytes of one side."""
        if self._agreed and data[:2] == b"\x16\x03":
            self._encrypted = True
        if self._encrypted:
            return []
        said = []
        data = self._lines[sender] + data
        while data:
            end = data.find(b"\n")
            if end < 0 and len(data) <= _LINE:
                break
            line, data = (data[: end + 1], data[end + 1 :]) if end >= 0 else (data, b"")
            words, size = self._command(line) if sender == "client" else self._answer(line)
            if words:
                said.append(Said(sender=sender, words=words, size=size))
        self._lines[sender] = data
        return said

    def _command(self, line: bytes) -> tuple[str, int]:
        if self._secret:
            return _HIDDEN, len(line)
        found = _KEYWORD.match(line)
        keyword = found[0].decode("ascii").upper() if found else ""
        if keyword not in _KNOWN:
            return "something that is no command", len(line)  # it may be a proof whose beginning wasn't seen
        self._asked.append(keyword if keyword != "LIST" or line.strip().upper() == b"LIST" else "LIST one")
        if keyword == "UIDL" and line.strip().upper() != b"UIDL":
            self._asked[-1] = "UIDL one"
        if keyword in ("PASS", "APOP"):
            return f"{keyword} {_HIDDEN}", len(line)
        if keyword == "AUTH":
            words = _text(line).split(" ")
            self._secret = len(words) > 1
            return " ".join([*words[:2], *([_HIDDEN] if len(words) > 2 else [])]), len(line)
        return _text(line), len(line)

    def _answer(self, line: bytes) -> tuple[str, int]:
        if self._block is not None:
            if not self._block.take(line):
                return "", 0
            block, self._block = self._block, None
            return block.describe(), block.size
        if line.startswith(b"+ "):
            return "+ challenge", len(line)
        self._secret = False
        asked = self._asked.popleft() if self._greeted and self._asked else ""
        self._greeted = True
        if line[:3].upper() == b"+OK":
            self._agreed = asked == "STLS"
            if asked in (*_MESSAGES, "LIST", "UIDL", "CAPA"):
                self._block = _Block(is_message=asked in _MESSAGES)
        return _text(line), len(line)


class _Block:
    """The lines that follow an answer: how long they are, and of a mail what it is about."""

    def __init__(self, *, is_message: bool) -> None:
        self.size = 0
        self._is_message = is_message
        self._count = 0
        self._head = b""

    def take(self, line: bytes) -> bool:
        """One line; whether it was the end."""
        self.size += len(line)
        if line.rstrip(b"\r\n") == b"." and len(line) <= 3:
            return True
        self._count += 1
        self._head += line[: _HEADER - len(self._head)]
        return False

    def describe(self) -> str:
        if not self._is_message:
            return f"{self._count} line{'' if self._count == 1 else 's'}"
        subject = subject_of(self._head)
        return f"a mail of {self.size} bytes{f': {subject[:_SHOWN]!r}' if subject else ''}"


def _text(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
