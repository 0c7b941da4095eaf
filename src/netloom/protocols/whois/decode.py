"""WHOIS, the passive decoder: the question, and the lines that say something (RFC 3912)."""

from __future__ import annotations

import re

from netloom.records import Said
from netloom.wire import whois

_LIMIT = 2048
_SHOWN = 120
_REMARK = re.compile(rb"%[%\s]?[ -~\t]{0,200}\r?\n")


def is_remark(data: bytes) -> bool:
    """Whether a server's first words look like a remark, as the regional registries' servers begin."""
    return _REMARK.match(data) is not None


class Decoder:
    """Lines of both sides, of at most 2 KiB each; what is longer is cut off."""

    def __init__(self) -> None:
        self._rest = {"client": b"", "server": b""}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed. A last line without an end isn't told."""
        *lines, rest = (self._rest[sender] + data).split(b"\n")
        self._rest[sender] = rest[-_LIMIT:] if len(rest) > _LIMIT else rest
        return [said for line in lines for said in self._line(sender, line)]

    def _line(self, sender: str, line: bytes) -> list[Said]:
        text = whois.decode(line.rstrip(b"\r"))[0].strip()
        if not text:
            return []
        shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
        shown = shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
        return [Said(sender=sender, words=f"who is {shown}?" if sender == "client" else shown, size=len(line) + 1)]
