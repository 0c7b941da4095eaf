"""Where events come from: one request, the redirects to it, and what its answer has to be (WHATWG HTML §9.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.links.http.asking import credentials_of, fields_of, place_of, target_of
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.protocols.sse import PATH
from netloom.wire import sse
from netloom.wire.http.fields import parse_media_type

if TYPE_CHECKING:
    from netloom.links.dial import Dialler
    from netloom.links.http.client import Answer, HttpConnection
    from netloom.links.http.messages import Headers
    from netloom.protocols.sse.options import Options

_SCHEMES = {"http": "sse", "https": "sses"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_SHOWN = 300
_DRAINED = 64 * 1024


class Source:
    """Asks an endpoint. There is one connection at a time."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self.endpoint = endpoint
        self.peer = ""
        self._dial = dial
        self._options = options
        self._connection: HttpConnection | None = None

    async def events(self, path: str, last: str) -> Answer | None:
        """A stream of events; None where there is nothing more to hear (204).

        Raises PeerRefused (Unauthenticated for 401) for another answer, RemoteProtocolError where it is no stream.
        """
        headers: Headers = (("accept", sse.MEDIA_TYPE), ("cache-control", "no-store"))
        if last:
            headers += (("last-event-id", last),)  # as UTF-8, if it isn't ASCII (§9.2.3)
        answer = await self._follow(self._place(path), headers)
        status = answer.response.status
        if status == 204:
            return None
        if status != 200:
            raise await refusal(answer)
        kind, _ = parse_media_type(answer.first.get("content-type", ""))
        if kind != sse.MEDIA_TYPE:
            raise RemoteProtocolError(
                f"the answer is {kind or 'of no type'}, not {sse.MEDIA_TYPE}", rule="WHATWG HTML §9.2.3",
                hint="http:// shows what it is",
            )  # fmt: skip
        coding = answer.first.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise RemoteProtocolError(f"content coding {coding[:40]!r} wasn't asked for", rule="RFC 9110 §8.4")
        return answer

    async def post(self, path: str, query: str, payload: bytes) -> Answer:
        """Publish: what a server of ours takes. Raises PeerRefused for 300 and above."""
        place = self._place(path)
        request = self._request("POST", place, (("content-type", "application/octet-stream"),), query)
        answer = await (await self._connect(place)).request(request, payload)
        if answer.response.status >= 300:
            raise await refusal(answer)
        return answer

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _follow(self, place: Endpoint, headers: Headers) -> Answer:
        for _ in range(self._options.max_redirects + 1):
            answer = await (await self._connect(place)).request(self._request("GET", place, headers))
            location = answer.first.get("location")
            if answer.response.status not in _REDIRECTS or location is None or not self._options.max_redirects:
                return answer
            place = _redirected(place, location)
        raise PeerRefused(
            f"more than {self._options.max_redirects} redirects, the last to {place}", code="redirects",
            hint="-O max_redirects=NUMBER follows more",
        )  # fmt: skip

    async def _connect(self, place: Endpoint) -> HttpConnection:
        await self.close()
        self._connection = await open_http(self._dial, place, version=self._options.version)
        self.peer = self._dial.trace.peer
        return self._connection

    def _place(self, path: str) -> Endpoint:
        return self.endpoint.replace(path=path or self.endpoint.path or PATH)

    def _request(self, method: str, place: Endpoint, headers: Headers, query: str = "") -> Request:
        options, where = self._options, place_of(place)
        fields = fields_of(options.headers)
        at_home = where == place_of(self.endpoint)
        if at_home:
            headers += credentials_of(self.endpoint, options.token)
        names = {name for name, _ in fields}
        private = () if at_home else ("authorization", "cookie")
        headers = tuple(field for field in headers if field[0] not in names)
        headers += tuple(field for field in fields if field[0] not in private)
        target = target_of(place.path, place.query, query)
        return Request(method=method, target=target, headers=headers, scheme=where.scheme, authority=where.authority)


async def refusal(answer: Answer) -> PeerRefused:
    """The error that an answer is, with what its body says."""
    response = answer.response
    kind = Unauthenticated if response.status == 401 else PeerRefused
    said = ""
    if parse_media_type(answer.first.get("content-type", ""))[0] == "text/plain":
        said = (await answer.read(_DRAINED))[:_SHOWN].decode("utf-8", "replace").strip()
    where = answer.first.get("location")
    return kind(
        f"no events there: {response.status} {response.reason}".rstrip() + (f": {said}" if said else ""),
        code=response.status,
        text=said or response.reason,
        hint=f"it is elsewhere: {where}" if where and 300 <= response.status < 400 else "",
    )


def _redirected(place: Endpoint, location: str) -> Endpoint:
    """Where a redirect leads. Raises RemoteProtocolError for nonsense, PeerRefused where it leaves TLS."""
    here = place_of(place)
    try:
        url = urlsplit(urljoin(f"{here}{target_of(place.path, place.query)}", quote(location.strip(), safe=_SAFE)))
        found = Endpoint.parse(url._replace(scheme=_SCHEMES[url.scheme], fragment="").geturl())
    except (KeyError, UsageError, ValueError):
        raise RemoteProtocolError(
            f"a redirect to {location[:200]!r}, which is no place of HTTP", rule="RFC 9110 §10.2.2"
        ) from None
    if here.scheme == "https" and found.scheme == "sse":
        raise PeerRefused(f"a redirect from https to {found} isn't followed: it leaves TLS", code="redirects")
    if place.socket and place_of(found) == here:
        return place.replace(path=found.path, query=found.query)  # the same server, behind the same socket
    return found.replace(user="", password=None)
