"""HTTP/3, one request at a server and its answer (RFC 9114 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError
from netloom.links.http.h2_exchange import H2Exchange

if TYPE_CHECKING:
    from netloom.links.http.body import Inbox
    from netloom.links.http.exchange import Fields
    from netloom.links.http.h3_stream import H3Stream
    from netloom.links.http.messages import Request
    from netloom.links.stream import Stream


class H3Exchange(H2Exchange):
    """One stream of a connection: answered as in HTTP/2, but that it can't become another protocol's."""

    def __init__(self, stream: H3Stream, inbox: Inbox, request: Request) -> None:
        super().__init__(stream, inbox, request)
        self.version = "3"

    async def accept_upgrade(self, headers: Fields = ()) -> Stream:
        raise LocalProtocolError("extended CONNECT isn't offered over HTTP/3", rule="RFC 9220 §3")
