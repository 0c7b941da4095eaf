"""RDAP, the client's side: an object, or those that a search finds (RFC 9082)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.rdap import PATH
from netloom.protocols.rdap.options import Options as RdapOptions
from netloom.protocols.rdap.source import Source, Told
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire import rdap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler


class Client:
    """Asks who holds what. A path is the server's base and what is asked for: /rdap/domain/example.test."""

    Options = RdapOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: RdapOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.source = Source(dial, endpoint, options)

    async def get(self, path: str) -> Reply:
        """The object, as it came. Raises PeerRefused with HTTP's status as its code: 404 where there is none."""
        told = await self.ask(path)
        meta: dict[str, object] = {"status": told.status, "kind": kind_of(told), "name": rdap.name_of(told.object)}
        if told.redirects:
            meta["place"] = str(told.place.replace(user="", password=None, options=(), beside=()))
        return Reply(meta, value=told.object)

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """What a search finds: /rdap/domains?name=ex*.test (RFC 9082 §3.2)."""
        told = await self.ask(path)
        for results in rdap.RESULTS.values():
            for one in rdap.objects(told.object, results):
                yield Entry(name=rdap.name_of(one), kind=rdap.word(one, "objectClassName"), value=one)

    async def ask(self, path: str = "") -> Told:
        """The answer, whatever it is. A server's base alone is asked for help."""
        path = path or self.endpoint.path
        if not rdap.is_query(path):
            base = PATH if not path and not self.options.bootstrap else path
            path = f"{base.rstrip('/')}/help"
        return await self.source.ask(path, self.endpoint.query)

    async def close(self) -> None:
        """Hang up."""
        await self.source.close()


def kind_of(told: Told) -> str:
    """The class of an object; "search" or "help" for what is none."""
    kind = rdap.word(told.object, "objectClassName")
    if kind:
        return kind
    return "search" if any(results in told.object for results in rdap.RESULTS.values()) else "help"
