"""One client's requests: connections used again, redirects, credentials and cookies (RFC 9110 §15.4, RFC 9112 §9)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError
from netloom.links.http.client import GOAWAY, Answer, Body, HttpConnection, open_http
from netloom.links.http.messages import Request, header, headers_all
from netloom.protocols.http import places
from netloom.protocols.http.authorization import Authorizer
from netloom.protocols.http.bodies import Outgoing
from netloom.wire.http.coding import ACCEPTED
from netloom.wire.http.fields import check_method, parse_line

if TYPE_CHECKING:
    from netloom.links.dial import Dialler
    from netloom.protocols.http.cookies import Cookies
    from netloom.protocols.http.options import Options

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PRIVATE = frozenset({"authorization", "cookie", "host", "proxy-authorization"})
_DRAINED = 64 * 1024

Fields = tuple[tuple[str, str], ...]


class Given(msgspec.Struct, frozen=True):
    """What every request says: fields, the `names` of those that the options set, and a Host of their own."""

    fields: Fields
    names: frozenset[str]
    host: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request before it has credentials and cookies."""

    method: str
    headers: Fields = ()
    body: Outgoing | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, where it came from in the end, and the URLs that redirects led to on the way."""

    answer: Answer
    method: str
    place: Endpoint
    redirects: tuple[str, ...] = ()


class Session:
    """Asks, and follows. Connections stay open for the next request to the same origin, until `close`."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self._dial = dial
        self._options = options
        self._endpoint = endpoint
        self._origin = places.origin_of(endpoint)
        self._connections: dict[places.Origin, HttpConnection] = {}
        self._authorizer = Authorizer(endpoint, options) if endpoint.user or options.token is not None else None
        self._cookies: Cookies | None = None

    async def ask(self, asked: Asked, place: Endpoint) -> Answered:
        """Ask, and follow redirects. Raises PeerRefused where they don't end or lead where we don't go."""
        check_method(asked.method)
        if self._cookies is None and (self._options.cookies or self._options.cookie):
            self._open_jar()
        followed: list[str] = []
        while True:
            origin = self._origin if place is self._endpoint else places.origin_of(place)
            answer = await self._ask_here(asked, place, origin)
            found = answer.response
            location = answer.first.get("location") if found.status in _REDIRECTS else None
            if location is None or not self._options.max_redirects:
                return Answered(answer=answer, method=asked.method, place=place, redirects=tuple(followed))
            await _drain(answer)
            target = self._next(place, location, len(followed))
            asked = _changed(asked, found.status, target)
            followed.append(places.url_of(target))
            place = target

    @property
    def quic(self) -> int:
        """The version of QUIC below an open connection; 0 where there is none."""
        return max((each.quic for each in self._connections.values()), default=0)

    async def close(self) -> None:
        """Close the connections, and keep the cookies where a file was named."""
        connections, self._connections = self._connections, {}
        for connection in connections.values():
            await connection.close()
        if self._cookies is not None:
            self._cookies.save()

    # One request, with the answers to challenges

    async def _ask_here(self, asked: Asked, place: Endpoint, origin: places.Origin) -> Answer:
        authorizer = self._authorizer if origin == self._origin else None
        if authorizer is not None and authorizer.asks_twice and asked.body is not None and asked.body.once:
            # What can be sent only once isn't sent to be refused: an empty body fetches the challenge, as curl has it.
            empty = Outgoing(content_type=asked.body.content_type, make=lambda: b"", size=0)
            answer = await self._send(msgspec.structs.replace(asked, body=empty), place, origin, authorizer)
            if answer.response.status == 401:
                authorizer.challenged(answer.response.headers)
            await _drain(answer)
        while True:
            answer = await self._send(asked, place, origin, authorizer)
            if "set-cookie" in answer.first:
                self._open_jar().take(headers_all(answer.response.headers, "set-cookie"), place)
            if (
                answer.response.status != 401
                or authorizer is None
                or not authorizer.challenged(answer.response.headers)
            ):
                return answer
            if asked.body is not None and asked.body.once:
                return answer
            await _drain(answer)

    async def _send(
        self, asked: Asked, place: Endpoint, origin: places.Origin, authorizer: Authorizer | None
    ) -> Answer:
        body = asked.body.make() if asked.body is not None else None
        request = self._request(asked, place, origin, authorizer, body)
        known = self._connections.get(origin)
        if known is not None and known.reusable:
            try:
                return await known.request(request, body)
            except (ConnectionLost, PeerRefused) as error:
                # It closed while it was idle: that is allowed at any time (RFC 9112 §9.3.1), and nothing was answered.
                # What GOAWAY turns away wasn't even looked at (RFC 9113 §6.8).
                unseen = isinstance(error, PeerRefused) and error.code == GOAWAY
                repeats = unseen or asked.method in ("GET", "HEAD", "PUT", "DELETE")
                if isinstance(error, PeerRefused) and not unseen:
                    raise
                if asked.body is not None and (asked.body.once or not repeats):
                    raise
                body = asked.body.make() if asked.body is not None else None
        if known is not None:
            await known.close()
        connection = await open_http(self._dial, place, version=self._options.version)
        self._connections[origin] = connection
        try:
            return await connection.request(request, body)
        except ConnectionLost as error:
            if places.scheme_of(place) == "http" and not connection.spoken:
                error.hint = error.hint or f"does that port speak TLS? Try https://{place.authority}{place.path}"
            raise

    def _request(
        self, asked: Asked, place: Endpoint, origin: places.Origin, authorizer: Authorizer | None, body: Body
    ) -> Request:
        options = self._options
        given = _given(tuple(options.headers), options.user_agent, options.compressed and not options.range)
        home = origin == self._origin
        fields = given.fields
        if not home:
            fields = tuple([field for field in fields if field[0] not in _PRIVATE])
        if asked.headers:
            fields = tuple([field for field in fields if header(asked.headers, field[0]) is None]) + asked.headers
        target = places.target_of(place)
        if authorizer is not None and "authorization" not in given.names:
            value = authorizer.value(asked.method, target, body if isinstance(body, bytes) else b"")
            fields += (("authorization", value),) if value else ()
        cookies = self._cookies.for_request(place) if self._cookies is not None else ""
        fields += (("cookie", cookies),) if cookies else ()
        if asked.body is not None:
            if "content-type" not in given.names:
                fields += (("content-type", asked.body.content_type),)
            if asked.body.size is not None and not isinstance(body, bytes):
                fields += (("content-length", str(asked.body.size)),)
        return Request(
            method=asked.method,
            target=target,
            headers=fields,
            scheme=origin[0],
            authority=(given.host if home else "") or places.authority_of(place),
        )

    # Redirects

    def _next(self, place: Endpoint, location: str, followed: int) -> Endpoint:
        target = places.redirected(place, location)
        if followed >= self._options.max_redirects:
            raise PeerRefused(
                f"more than {self._options.max_redirects} redirects, the last to {places.url_of(target)}",
                code="redirects",
                hint="-O max_redirects=NUMBER follows more",
            )
        if places.scheme_of(place) == "https" and places.scheme_of(target) == "http" and not self._options.downgrade:
            raise PeerRefused(
                f"a redirect from https to {places.url_of(target)} isn't followed: it leaves TLS",
                code="redirects",
                hint="-O downgrade follows it",
            )
        return target

    def _open_jar(self) -> Cookies:
        if self._cookies is None:
            from netloom.protocols.http.cookies import Cookies

            self._cookies = Cookies(self._endpoint, self._options)
        return self._cookies


@functools.lru_cache(maxsize=64)
def _given(headers: tuple[str, ...], user_agent: str, compressed: bool) -> Given:
    """What every request says by these options. Raises LocalProtocolError for a field that can't be sent."""
    lines = [parse_line(line) for line in headers]
    names = frozenset(name for name, _ in lines)
    usual = [("user-agent", user_agent), ("accept", "*/*")]
    usual += [("accept-encoding", ACCEPTED)] if compressed else []
    made = [field for field in usual if field[0] not in names and field[1]]
    made += [(name, value) for name, value in lines if value is not None]
    return Given(tuple(field for field in made if field[0] != "host"), names, header(made, "host") or "")


def _changed(asked: Asked, status: int, target: Endpoint) -> Asked:
    """What is asked at the new place (RFC 9110 §15.4): 303, and POST after 301 and 302, become GET without a body."""
    if (status == 303 and asked.method != "HEAD") or (status in (301, 302) and asked.method == "POST"):
        return msgspec.structs.replace(asked, method="GET", body=None)
    if asked.body is not None and asked.body.once:
        raise PeerRefused(
            f"redirected to {places.url_of(target)}, but the body was sent already",
            code=status,
            hint="ask there directly",
        )
    return asked


async def _drain(answer: Answer) -> None:
    """Read what is left of an answer that nobody wants, so that its connection can be used again, or give it up."""
    try:
        await answer.read(_DRAINED)
    except (RemoteProtocolError, ConnectionLost):
        await answer.close()
