"""RDAP, the passive decoder: HTTP's heads, and what an answer is about (RFC 9083)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.wire import rdap
from netloom.wire.http import passive

if TYPE_CHECKING:
    from netloom.records import Said

_ASKS = re.compile(rb"\naccept:[^\r\n]*application/rdap\+json", re.IGNORECASE)
_SHOWN = 80


def asks_for_rdap(data: bytes) -> bool:
    """Whether a first payload is a request for registration data."""
    return passive.is_request(data) and _ASKS.search(data) is not None


class Decoder:
    """Both directions of one connection, over any version of HTTP."""

    def __init__(self) -> None:
        self._http = passive.Decoder(_explain)

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        return self._http.feed(sender, data)


def _explain(sender: str, body: bytes) -> list[str]:
    """A whole body in words; nothing where it is no answer of RDAP."""
    if sender != "server" or not body.startswith(b"{"):
        return []
    try:
        told = rdap.parse_answer(body)
    except RemoteProtocolError:
        return []
    if "errorCode" in told:
        lines = " ".join(text for text in rdap.listed(told, "description") if isinstance(text, str))
        return [_shown(f"no: {rdap.word(told, 'title')}: {lines}")]
    for results in rdap.RESULTS.values():
        if results in told:
            return [f"{len(rdap.listed(told, results))} found"]
    kind = rdap.word(told, "objectClassName")
    if not kind:
        return [_shown(rdap.word(notice, "title")) for notice in rdap.objects(told, "notices")[:3]]
    holder = rdap.full_name(told) or rdap.holder_of(told)
    return [_shown(f"{kind} {rdap.name_of(told)}" + (f", held by {holder}" if holder else ""))]


def _shown(text: str) -> str:
    """The beginning of a text, as printable characters."""
    shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
