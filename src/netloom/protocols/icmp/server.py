"""ICMP, the server's side: who pings us, and the answer where the kernel leaves it to us (RFC 1122 §3.2.2.6).

The kernel answers by itself, unless it is told not to (net.ipv4.icmp_echo_ignore_all, net.ipv6.icmp.echo_ignore_all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents.bus import Bus
from netloom.errors import RemoteProtocolError
from netloom.links.icmp import Reported
from netloom.records import Message
from netloom.wire import icmp

if TYPE_CHECKING:
    from netloom.contents.echo import Echo
    from netloom.links.context import Context
    from netloom.links.icmp import IcmpLink


async def serve(link: IcmpLink, content: Echo | Bus, context: Context) -> None:
    """One address. An answer is as large as its question."""
    while True:
        try:
            heard = await link.hear()
        except RemoteProtocolError:
            continue  # whoever sent it may be forged: there is nobody to tell
        if isinstance(heard, Reported) or not isinstance(heard.message, icmp.Echo) or heard.message.reply:
            continue
        asked = heard.message
        by = "kernel"
        if not link.answers_itself:
            data = asked.data if isinstance(content, Bus) else content.answer(asked.data)
            reply = icmp.Echo(asked.version, True, asked.identifier, asked.sequence, data)
            await link.send(icmp.emit(reply), heard.sender)
            by = "netloom"
        if isinstance(content, Bus):
            content.publish(Message(payload=asked.data, sender=heard.host))
        context.access(
            "ECHO", f"id {asked.identifier} seq {asked.sequence}", status=f"answered by {by}", size=len(asked.data),
            peer=heard.host,
        )  # fmt: skip
