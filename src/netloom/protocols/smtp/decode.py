"""SMTP, the passive decoder: the dialogue in words, without anything that authenticates (RFC 5321)."""

from __future__ import annotations

import re

from netloom.records import Said
from netloom.wire.subject import subject_of

_LINE = 16 * 1024
_HEADER = 8 * 1024
_SHOWN = 200
_END = b"\r\n.\r\n"
_HIDDEN = "•••"
_VERB = re.compile(rb"[A-Za-z]{4,8}")
_MECHANISM = re.compile(r"[A-Za-z0-9_-]{1,20}")
_GREETING = re.compile(rb"220[ -][^\r\n]*SMTP", re.IGNORECASE)
_KNOWN = frozenset(
    ("EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "STARTTLS")
) | {"AUTH", "TURN", "ATRN", "ETRN"}


def is_greeting(data: bytes) -> bool:
    """Whether a server's first bytes are a mail server's: FTP says 220, too."""
    return _GREETING.match(data[:1024]) is not None


class Decoder:
    """Commands, replies and mails in words. Memory is bounded; bytes after STARTTLS that are TLS aren't looked at."""

    def __init__(self) -> None:
        self._lines = {"client": b"", "server": b""}
        self._asked = ""  # the last command that changes what comes
        self._secret = False  # within AUTH: each line of the client shows who it is
        self._body: _Body | None = None
        self._chunk = 0
        self._encrypted = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """Some bytes of one side."""
        if self._asked == "TLS" and data[:2] == b"\x16\x03":
            self._encrypted = True
        if self._encrypted:
            return []
        return self._client(data) if sender == "client" else self._server(data)

    # The client

    def _client(self, data: bytes) -> list[Said]:
        said: list[Said] = []
        data = self._lines["client"] + data
        self._lines["client"] = b""
        while data:
            if self._chunk:
                taken = min(self._chunk, len(data))
                self._chunk -= taken
                data = data[taken:]
            elif self._body is not None:
                data = self._body.feed(data)
                if self._body.done:
                    said.append(Said(sender="client", words=self._body.describe(), size=self._body.size))
                    self._body = None
            else:
                line, data = _split(data)
                if line is None:
                    self._lines["client"] = data
                    break
                said.append(Said(sender="client", words=self._command(line), size=len(line)))
        return said

    def _command(self, line: bytes) -> str:
        if self._secret:
            return _HIDDEN
        found = _VERB.match(line)
        verb = found[0].decode("ascii").upper() if found else ""
        if verb not in _KNOWN:
            return "something that is no command"  # it may be an answer of an AUTH whose beginning wasn't seen
        rest = _text(line[len(verb) :])
        if verb == "AUTH":
            self._secret = True
            mechanism, _, initial = rest.partition(" ")
            shown = mechanism if _MECHANISM.fullmatch(mechanism) else ""
            return " ".join(word for word in (verb, shown, _HIDDEN if initial or not shown else "") if word)
        if verb == "BDAT":
            size = rest.partition(" ")[0]
            self._chunk = int(size) if size.isascii() and size.isdigit() and len(size) <= 20 else 0
        self._asked = verb
        return f"{verb} {rest}".rstrip()

    # The server

    def _server(self, data: bytes) -> list[Said]:
        said: list[Said] = []
        data = self._lines["server"] + data
        while True:
            line, data = _split(data)
            if line is None:
                break
            said.append(Said(sender="server", words=self._reply(line), size=len(line)))
        self._lines["server"] = data
        return said

    def _reply(self, line: bytes) -> str:
        code, last = line[:3], line[3:4] != b"-"
        if code == b"334":
            return "334 challenge"
        if last:
            self._secret = False
            if code == b"354" and self._asked == "DATA":
                self._body = _Body()
            if code == b"220" and self._asked == "STARTTLS":
                self._asked = "TLS"
        return _text(line)


class _Body:
    """A mail after DATA: how long it is, and what it is about."""

    def __init__(self) -> None:
        self.size = 0
        self.done = False
        self._head = b""
        self._tail = b"\r\n"  # it begins at a line's start

    def feed(self, data: bytes) -> bytes:
        """Take some bytes, give back those after the end."""
        work = self._tail + data
        end = work.find(_END)
        if end >= 0:
            self.done = True
            taken = max(0, end + len(_END) - len(self._tail))
        else:
            taken = len(data)
        self._tail = work[-(len(_END) - 1) :]
        self.size += taken
        self._head += data[: min(taken, _HEADER - len(self._head))]
        return data[taken:]

    def describe(self) -> str:
        subject = subject_of(self._head)
        return f"a mail of {self.size} bytes{f': {subject[:_SHOWN]!r}' if subject else ''}"


def _split(data: bytes) -> tuple[bytes | None, bytes]:
    """The first line with its end, or None and what is kept until it ends; one that is too long ends here."""
    end = data.find(b"\n")
    if end >= 0:
        return data[: end + 1], data[end + 1 :]
    return (data, b"") if len(data) > _LINE else (None, data)


def _text(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown
