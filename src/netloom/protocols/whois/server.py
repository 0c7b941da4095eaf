"""WHOIS, the server's side: a line comes, what is registered goes, and that is all (RFC 3912 §2)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.protocols.whois.text import lines_of
from netloom.wire import whois

if TYPE_CHECKING:
    from netloom.contents.registrations import Registrations
    from netloom.links.context import Context
    from netloom.links.stream import Stream

_HELP = (
    "% Ask for a domain, a nameserver, an address, a network, an autonomous system's",
    "% number or a handle, one on a line: example.test, 192.0.2.1, AS64496.",
)
_NOTHING = ("%ERROR:101: no entries found", "%", "% Nothing of that name is registered here.")
_WRONG = "%ERROR:107: "
_SHOWN = 200


async def serve(link: Stream, content: Registrations, context: Context) -> None:
    """One question."""
    started = time.time()
    with context.attending():
        line = await _question(link)
    if not line:
        return
    with context.working():
        try:
            query = whois.parse_query(line)
        except RemoteProtocolError as exc:
            query, status, lines = "", "invalid", [_WRONG + exc.message]
        else:
            status, lines = _refusal(query, context) or _answer(query, content)
        data = whois.emit_answer(lines)
        await link.write(data)
        context.access("QUERY", query[:_SHOWN], status=status, size=len(data), started=started)
        await link.close()


async def _question(link: Stream) -> bytes:
    """A line, or what came before the peer ended its side; one that is too long is answered, not read on."""
    try:
        return await link.read_line_or_rest(whois.QUERY_LIMIT)
    except RemoteProtocolError:
        return b"\0"


def _refusal(query: str, context: Context) -> tuple[str, list[str]] | None:
    """What a fault wants to be answered, in the words of the regional registries."""
    no = context.refuses("query", target=query)
    return None if no is None else (no.code, [f"%ERROR:{no.code}: {no.words()}"])


def _answer(query: str, content: Registrations) -> tuple[str, list[str]]:
    if query.lower() in ("help", "?"):
        return "help", [*_HELP]
    found = content.find(query)
    if not found:
        return "nothing", [*_NOTHING]
    lines = [f"% Answer to {query!r}", ""]
    for one in found:
        lines += [*lines_of(one), ""]
    return "found", lines
