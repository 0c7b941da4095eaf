"""NTP, the server's side: a clock's time for whoever asks, never more bytes than were sent (RFC 5905 §9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.wire import ntp

if TYPE_CHECKING:
    from netloom.contents.clock import Clock
    from netloom.links.context import Context
    from netloom.links.datagrams import Datagrams


async def serve(link: Datagrams, content: Clock, context: Context) -> None:
    """One socket."""
    while True:
        data, peer = await link.receive_from()
        received = content.ntp()
        try:
            asked = ntp.parse(data)
            ntp.check_request(asked)
        except RemoteProtocolError:
            continue  # what isn't a client's question isn't answered: an answer could be aimed at somebody else
        source = ntp.Source(
            stratum=content.stratum,
            reference_id=content.reference_id,
            reference=received,
            leap=content.leap,
            precision=content.precision,
        )
        version = f"version {asked.version}"
        no = context.refuses("question", target=version, peer=peer)
        answer = ntp.response(asked, source, received, content.ntp()) if no is None else ntp.kiss(asked, no.code)
        await link.send(ntp.emit(answer), peer)
        context.access("QUERY", version, status=answer.kiss_code, size=ntp.HEADER_SIZE, peer=peer)
