"""Where RDAP's answers come from: a request, the redirects to it, and where to begin (RFC 7480 §5, RFC 9224)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.links.http.asking import credentials_of, fields_of, place_of, target_of
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.http.redirects import REDIRECTS, redirected
from netloom.wire import rdap
from netloom.wire.http.fields import parse_media_type

if TYPE_CHECKING:
    from netloom.links.dial import Dialler
    from netloom.links.http.client import Answer, HttpConnection
    from netloom.links.http.messages import Headers
    from netloom.protocols.rdap.options import Options

SCHEMES = {"http": "rdap", "https": "rdaps"}
_REFUSAL = 64 * 1024
_SHOWN = 300


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the object that it is, and how it came. `redirects` are the places that named the next."""

    object: dict[str, Any]
    place: Endpoint
    status: int
    version: str
    content_type: str
    size: int
    redirects: list[str]


class Source:
    """Asks servers. There is one connection at a time."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        if options.bootstrap and endpoint.host:
            raise UsageError(
                "with a bootstrap file the endpoint has no host: the file tells which",
                hint=f"{endpoint.scheme}:///domain/example.com",
            )
        self._dial = dial
        self._endpoint = endpoint
        self._options = options
        self._connection: HttpConnection | None = None

    async def ask(self, path: str, query: str = "") -> Told:
        """What an object is. Raises PeerRefused (Unauthenticated for 401), RemoteProtocolError, UsageError."""
        place = await self._begin(path, query)
        redirects: list[str] = []
        while True:
            answer = await self._request(place, rdap.MEDIA_TYPE)
            location = answer.first.get("location")
            if answer.response.status not in REDIRECTS or location is None or not self._options.max_redirects:
                break
            if len(redirects) >= self._options.max_redirects:
                raise PeerRefused(
                    f"more than {self._options.max_redirects} redirects, the last from {place}", code="redirects",
                    hint="-O max_redirects=NUMBER follows more",
                )  # fmt: skip
            redirects.append(str(_bare(place)))
            place = redirected(place, location, SCHEMES)
        if not 200 <= answer.response.status < 300:
            raise await refusal(answer)
        data = await self._body(answer)
        return Told(
            object=rdap.parse_answer(data),
            place=place,
            status=answer.response.status,
            version=answer.response.version,
            content_type=parse_media_type(answer.first.get("content-type", ""))[0],
            size=len(data),
            redirects=redirects,
        )

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _begin(self, path: str, query: str) -> Endpoint:
        """The place to ask first: the endpoint's, or the one that a bootstrap file names."""
        if not self._options.bootstrap:
            return self._endpoint.replace(path=path, query=query)
        asked = rdap.parse_query(path.strip("/"), query)
        for given in self._options.bootstrap:
            for url in rdap.parse_bootstrap(await self._read(given)).find(asked):
                return _below(url, path, query)
        raise UsageError(f"no server is named for {asked.kind} {asked.value}", hint="is it the right bootstrap file?")

    async def _read(self, given: str) -> bytes:
        """A bootstrap file, from the disk or from where it is published."""
        if not given.startswith(("http://", "https://")):
            return _file(given)
        place = Endpoint.parse(given)
        answer = await self._request(place.replace(scheme=SCHEMES[place.scheme]), "application/json")
        if answer.response.status != 200:
            raise await refusal(answer)
        return await self._body(answer)

    async def _request(self, place: Endpoint, accept: str) -> Answer:
        await self.close()
        self._connection = await open_http(self._dial, place, version=self._options.version)
        where = place_of(place)
        at_home = not self._options.bootstrap and where == place_of(self._endpoint)
        fields = fields_of(self._options.headers)
        headers: Headers = (("accept", accept),)
        if at_home:
            headers += credentials_of(self._endpoint, self._options.token)
        names = {name for name, _ in fields}
        private = () if at_home else ("authorization", "cookie")
        headers = tuple(field for field in headers if field[0] not in names)
        headers += tuple(field for field in fields if field[0] not in private)
        target = target_of(place.path, place.query)
        asked = Request(method="GET", target=target, headers=headers, scheme=where.scheme, authority=where.authority)
        return await self._connection.request(asked)

    async def _body(self, answer: Answer) -> bytes:
        coding = answer.first.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise RemoteProtocolError(f"content coding {coding[:40]!r} wasn't asked for", rule="RFC 9110 §8.4")
        return await answer.read(self._options.max_size)


def _bare(place: Endpoint) -> Endpoint:
    """A place without who asks, and how."""
    return place.replace(user="", password=None, options=(), beside=())


async def refusal(answer: Answer) -> PeerRefused:
    """The error that an answer is, in the words of its body where it has some (RFC 9083 §6)."""
    response = answer.response
    kind = Unauthenticated if response.status == 401 else PeerRefused
    said = ""
    try:
        told = rdap.parse_answer(await answer.read(_REFUSAL))
        lines = [text for text in rdap.listed(told, "description") if isinstance(text, str)]
        title = rdap.word(told, "title")
        said = ": ".join(filter(None, [title if title != response.reason else "", " ".join(lines)]))[:_SHOWN]
    except RemoteProtocolError:
        said = ""  # a page for people, or a body without an end
    wait = answer.first.get("retry-after", "")
    where = answer.first.get("location", "")
    hint = f"not before {wait[:40]} s" if wait.isdecimal() else ""
    return kind(
        f"{response.status} {response.reason}".rstrip() + (f": {said}" if said else ""),
        code=response.status,
        text=said or response.reason,
        hint=f"it is elsewhere: {where[:200]}" if where and 300 <= response.status < 400 else hint,
    )


def _file(path: str) -> bytes:
    """A bootstrap file of the user's own. Raises UsageError."""
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise UsageError(f"bootstrap={path}: {exc.strerror}") from None


def _below(url: str, path: str, query: str) -> Endpoint:
    """A query at a server's base URL. Raises RemoteProtocolError where that is none."""
    try:
        base = Endpoint.parse(url)
        scheme = SCHEMES[base.scheme]
    except (KeyError, UsageError):
        raise RemoteProtocolError(f"the bootstrap file names {url[:200]!r}, which is no URL of HTTP") from None
    return base.replace(scheme=scheme, path=f"{base.path.rstrip('/')}/{path.lstrip('/')}", query=query)
