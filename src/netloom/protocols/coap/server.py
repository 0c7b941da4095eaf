"""CoAP, the server's side of one socket: a device's values, or a bus' topics (RFC 7252).

There are no accounts and a request's sender may be forged: nobody is sent more than three times what they sent until
they have shown that they are there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import NetloomError
from netloom.protocols.coap.desk import Desk
from netloom.protocols.coap.sites import site_of

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.contents.registers import Registers
    from netloom.links.context import Context
    from netloom.links.datagrams import Datagrams


async def serve(link: Datagrams, content: Registers | Bus, context: Context) -> None:
    """One socket."""
    site = site_of(content)
    desk = Desk(link, site, context)
    try:
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(site.run(desk.observers.changed))
            try:
                while True:
                    data, peer = await link.receive_from()
                    desk.take(data, peer)
            except NetloomError:
                telling.cancel()  # the socket has gone
    finally:
        desk.close()
        site.close()
