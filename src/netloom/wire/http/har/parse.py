"""HTTP Archive, read: what browsers, proxies and we ourselves export (HAR 1.2)."""

from __future__ import annotations

import base64
import binascii
import datetime

import msgspec
from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.http.har import Exchange, Field, Request, Response, Timings

SIZE_LIMIT = 256 << 20
"""Octets of a file that are read."""
ENTRIES_LIMIT = 100_000
_RULE = "HAR 1.2"


class _Pair(Struct):
    name: str
    value: str = ""


class _Content(Struct, frozen=True):
    size: float | None = None
    text: str | None = None
    encoding: str | None = None


class _Request(Struct, rename="camel"):
    method: str
    url: str
    http_version: str = ""
    headers: list[_Pair] = []
    post_data: _Content | None = None
    body_size: float | None = None


class _Response(Struct, rename="camel"):
    status: int
    status_text: str = ""
    http_version: str = ""
    headers: list[_Pair] = []
    content: _Content = _Content()
    body_size: float | None = None


class _Entry(Struct, rename="camel"):
    started_date_time: str
    request: _Request
    response: _Response
    timings: dict[str, float | str | None] = {}
    server_ip_address: str = msgspec.field(default="", name="serverIPAddress")
    connection: str = ""
    comment: str = ""


class _Log(Struct):
    entries: list[_Entry]


class _File(Struct):
    log: _Log


def parse(data: bytes) -> list[Exchange]:
    """The exchanges of a file, in its order. Raises RemoteProtocolError for what is none, and says where it isn't."""
    if len(data) > SIZE_LIMIT:
        raise RemoteProtocolError(f"{len(data)} octets of an archive; {SIZE_LIMIT} are read", rule=_RULE)
    try:
        file = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"this is no HTTP archive: {error}", rule=_RULE) from None
    entries = file.log.entries
    if len(entries) > ENTRIES_LIMIT:
        raise RemoteProtocolError(f"{len(entries)} entries; {ENTRIES_LIMIT} are read", rule=_RULE)
    return [_exchange(number, entry) for number, entry in enumerate(entries)]


def _exchange(number: int, entry: _Entry) -> Exchange:
    where = f"log.entries[{number}]"
    request, response = entry.request, entry.response
    return Exchange(
        started=_moment(entry.started_date_time, where),
        request=Request(
            method=request.method,
            url=request.url,
            version=request.http_version,
            fields=_pairs(request.headers),
            body=_octets(request.post_data, f"{where}.request.postData") if request.post_data is not None else b"",
            coded=_size(request.body_size),
        ),
        response=Response(
            status=response.status,
            reason=response.status_text,
            version=response.http_version,
            fields=_pairs(response.headers),
            body=_octets(response.content, f"{where}.response.content"),
            coded=_size(response.body_size),
            bodiless=_bodiless(request, response),
        ),
        timings=_timings(entry.timings),
        address=entry.server_ip_address,
        connection=entry.connection,
        comment=entry.comment,
    )


def _pairs(given: list[_Pair]) -> tuple[Field, ...]:
    """Fields as they may be said: an archive has those of HTTP/2 that begin with a colon, too."""
    return tuple((pair.name, pair.value) for pair in given if not pair.name.startswith(":"))


def _octets(content: _Content, where: str) -> bytes:
    text = content.text or ""
    if content.encoding != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemoteProtocolError(f"{where}.text isn't base64: {error}", rule=_RULE) from None


def _bodiless(request: _Request, response: _Response) -> bool:
    """Browsers keep no body of a redirect, and leave out others when they are asked to, or have no room."""
    none = request.method == "HEAD" or response.status < 200 or response.status in (204, 304)
    if none or response.content.text is not None:
        return False
    lengths = (pair.value for pair in response.headers if pair.name.lower() == "content-length")
    return any(size and size > 0 for size in (response.content.size, response.body_size)) or any(
        length.strip("0") for length in lengths
    )


def _size(number: float | None) -> int:
    """Browsers say -1, or null, where they don't know."""
    return int(number) if number is not None and 0 <= number < 1 << 53 else -1


def _moment(text: str, where: str) -> int:
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return round(moment.timestamp() * 1_000_000) * 1000
    except (ValueError, OverflowError) as error:
        raise RemoteProtocolError(f"{where}.startedDateTime: {error}", rule=_RULE) from None


def _timings(given: dict[str, float | str | None]) -> Timings:
    """Browsers add phases of their own, and words about them."""
    known = {name: value for name, value in given.items() if name in Timings.__struct_fields__}
    return Timings(**{name: float(value) for name, value in known.items() if isinstance(value, int | float)})
