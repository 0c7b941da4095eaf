"""Walking through a subtree, by get-bulk or get-next, without ever going in circles (RFC 3416 §4.2.2, §4.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.protocols.snmp.answers import raise_for
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.values import END_OF_MIB_VIEW, EXCEPTIONS, Varbind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.protocols.snmp.answers import Shown
    from netloom.protocols.snmp.session import Session
    from netloom.wire.oid import Oid
    from netloom.wire.snmp.pdu import Pdu


async def walk(session: Session, root: Oid, shown: Shown) -> AsyncIterator[Varbind]:
    """Every value below `root`, or the one at it. Raises PeerRefused, RemoteProtocolError for an agent that doesn't
    go on: each identifier comes after the one before."""
    at, count = root, 0
    repetitions = session.options.max_repetitions if session.version != "1" else 0
    while True:
        response, repetitions = await _next(session, at, repetitions)
        if response.status == pdus.NO_SUCH_NAME and session.version == "1":
            break  # that is how v1 says that nothing follows (RFC 1157 §4.1.3)
        raise_for(response, (at,), shown)
        if not response.varbinds:
            raise RemoteProtocolError("an answer without anything in it", rule="RFC 3416 §4.2.3")
        ended = False
        for bind in response.varbinds:
            if bind.tag == END_OF_MIB_VIEW or bind.oid[: len(root)] != root:
                ended = True
                break
            if bind.oid <= at:
                words = f"{shown.name(bind.oid)} doesn't come after {shown.name(at)}: the agent goes in circles"
                raise RemoteProtocolError(words, rule="RFC 3416 §4.2.2")
            at = bind.oid
            count += 1
            yield bind
        if ended:
            break
    if not count:
        response = await session.get((root,))
        if response.status == pdus.NO_ERROR and response.varbinds and response.varbinds[0].tag not in EXCEPTIONS:
            yield response.varbinds[0]


async def _next(session: Session, at: Oid, repetitions: int) -> tuple[Pdu, int]:
    """What follows, and how much is to be asked for from now on: less where it was too much."""
    while repetitions > 1:
        response = await session.ask(pdus.GET_BULK, [Varbind(at)], 0, repetitions)
        if response.status != pdus.TOO_BIG and response.varbinds:
            return response, repetitions
        if response.status not in (pdus.TOO_BIG, pdus.NO_ERROR):
            return response, repetitions
        repetitions //= 2
    return await session.ask(pdus.GET_NEXT, [Varbind(at)]), repetitions
