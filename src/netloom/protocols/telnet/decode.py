"""Telnet, the passive decoder: negotiations in words, lines of text, and dots for passwords (RFC 854, RFC 855)."""

from __future__ import annotations

import re

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.redaction import redacted
from netloom.wire.telnet import codes, subnegotiation
from netloom.wire.telnet.codes import option_name
from netloom.wire.telnet.screen import shown
from netloom.wire.telnet.stream import Command, Data, Event, Negotiation, Reader, Subnegotiation, emit

_TEXT_LIMIT = 4096
"""Bytes of text that are kept while a line isn't whole."""
_SHOWN = 120
_SECRET = re.compile(rb"(?i)(?:pass(?:word|code|phrase)|secret)[^\r\n]{0,40}:\s*$")
_END = re.compile(rb"\r\n|\r|\n")
_HIDDEN = "•••"


class Decoder:
    """Both sides of a connection, each line when it is whole."""

    def __init__(self) -> None:
        self._readers: dict[str, Reader | None] = {"client": Reader(), "server": Reader()}
        self._text = {"client": bytearray(), "server": bytearray()}
        self._tail = b""
        self._hides = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        reader = self._readers[sender]
        if reader is None:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))]
        try:
            events = reader.feed(data)
        except RemoteProtocolError as error:
            self._readers[sender] = None
            return [Said(sender=sender, words=f"no Telnet: {error.message}", size=len(data))]
        said: list[Said] = []
        text = bytearray()  # in one piece: a doubled IAC makes many
        for event in events:
            if isinstance(event, Data):
                text += event.data
                continue
            if text:
                said += self._texts(sender, bytes(text))
                text.clear()
            said.append(Said(sender=sender, words=_words(event), size=len(emit(event))))
        return said + self._texts(sender, bytes(text)) if text else said

    def _texts(self, sender: str, data: bytes) -> list[Said]:
        if sender == "server":
            self._tail = (self._tail + data)[-256:]
            self._hides = self._hides or (self._tail.rstrip().endswith(b":") and bool(_SECRET.search(self._tail)))
            return self._server(data)
        return self._client(data)

    def _server(self, data: bytes) -> list[Said]:
        """Whole lines, and a question that waits for its answer."""
        text = self._text["server"]
        looked = len(text)
        text += data
        said = []
        while (end := text.find(b"\n", looked)) >= 0 or len(text) > _TEXT_LIMIT:
            size = end + 1 if end >= 0 else _TEXT_LIMIT
            said.append(_line("server", bytes(text[:size])))
            del text[:size]
            looked = 0 if end >= 0 else len(text)
        if bytes(text).rstrip(b" ")[-1:] in (b":", b">", b"#", b"$", b"]"):
            said.append(_line("server", bytes(text)))
            text.clear()
        return said

    def _client(self, data: bytes) -> list[Said]:
        text = self._text["client"]
        looked = max(0, len(text) - 1)
        text += data
        said = []
        while (found := _END.search(text, looked)) or len(text) > _TEXT_LIMIT:
            size = found.end() if found else _TEXT_LIMIT
            line = bytes(text[:size])
            del text[:size]
            looked = 0 if found else max(0, len(text) - 1)
            if self._hides:
                said.append(Said(sender="client", words=_HIDDEN, size=size))
                self._hides = False
                self._tail = b""
            else:
                said.append(_line("client", line))
        return said


def _line(sender: str, line: bytes) -> Said:
    words = redacted(shown(line.decode("utf-8", "replace")).strip("\n"))
    return Said(sender=sender, words=words[:_SHOWN] + ("…" if len(words) > _SHOWN else ""), size=len(line))


def _words(event: Event) -> str:
    if isinstance(event, Negotiation):
        return f"{codes.COMMANDS[event.verb]} {option_name(event.option)}"
    if isinstance(event, Command):
        return codes.COMMANDS.get(event.code, f"command {event.code}")
    assert isinstance(event, Subnegotiation)  # noqa: S101  # what is left
    return f"{option_name(event.option)} {_told(event)}".rstrip()


def _told(event: Subnegotiation) -> str:
    """What an option says. Variables are named, but their values aren't shown: somebody may keep a secret there."""
    try:
        if event.option == codes.NAWS:
            window = subnegotiation.parse_window(event.data)
            return f"{window.columns} by {window.rows}"
        if event.option == codes.TTYPE:
            kind = subnegotiation.parse_terminal(event.data)
            return "SEND" if kind is None else kind
        if event.option == codes.NEW_ENVIRON:
            verb, variables = subnegotiation.parse_variables(event.data)
            names = ", ".join(one.name.decode("utf-8", "replace")[:40] for one in variables)
            return f"{('IS', 'SEND', 'INFO')[verb]} {names}"
        if event.option == codes.CHARSET:
            verb, charsets = subnegotiation.parse_charset(event.data)
            words = {subnegotiation.REQUEST: "REQUEST", subnegotiation.ACCEPTED: "ACCEPTED"}.get(verb, "REJECTED")
            return f"{words} {', '.join(name[:40] for name in charsets)}"
    except RemoteProtocolError as error:
        return f"({error.message})"
    return f"{len(event.data)} bytes"
