"""Secrets: passwords that pass in clear text, told without the password (RFC 959, 1939, 3501, 4954, 7617)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.packet.summing.bounded import Held
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.packet.summing.icmp import Place

ROOM = 4096
_HEAD = 8192
"""Octets of a request of HTTP that are looked through."""

_PASS = re.compile(rb"PASS [^\r\n]+\r?\n", re.IGNORECASE)
_IMAP = re.compile(
    rb"[A-Za-z0-9.]{1,32} (?:LOGIN [^\r\n]+ [^\r\n]+|AUTHENTICATE (?:PLAIN|LOGIN)\b[^\r\n]*)\r?\n", re.IGNORECASE
)
_AUTH = re.compile(rb"AUTH (?:PLAIN|LOGIN)\b[^\r\n]*\r?\n", re.IGNORECASE)
_BASIC = re.compile(rb"\r?\n(?:Proxy-)?Authorization: *Basic +[A-Za-z0-9+/=]", re.IGNORECASE)
_PASS_PORTS = {21: "FTP", 110: "POP3", 6667: "IRC", 6666: "IRC"}


class Secrets:
    """By what showed them, who sent them, to whom, and to which port."""

    def __init__(self) -> None:
        self.seen: Held[tuple[str, Place, Place, int], Span] = Held(Span, lambda found: found.count, ROOM)

    def hear(self, row: Row, payload: bytes) -> None:
        """Text over TCP."""
        kind = kind_of(payload, row.dst_port)
        if kind:
            sender, server = (row.src_high, row.src_low), (row.dst_high, row.dst_low)
            self.seen[kind, sender, server, row.dst_port].add(row.time)


def kind_of(payload: bytes, port: int) -> str:
    """What shows a password in some text; empty where nothing does."""
    if _PASS.match(payload):
        return f"{_PASS_PORTS.get(port, 'a')} PASS"
    if _AUTH.match(payload):
        return "POP3 AUTH" if port == 110 else "SMTP AUTH"
    if _IMAP.match(payload):
        return "IMAP login"
    if b" HTTP/1." in payload[:_HEAD] and _BASIC.search(payload[:_HEAD].split(b"\r\n\r\n")[0]):
        return "HTTP Basic"
    return ""
