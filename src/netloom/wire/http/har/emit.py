"""HTTP Archive, written: a beginning, entry by entry, an end (HAR 1.2)."""

from __future__ import annotations

import base64
import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from netloom.wire.http.har import Timings
from netloom.wire.http.har.address import split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.wire.http.har import Exchange, Message, Response

_SECOND = 1_000_000_000


def head(version: str) -> bytes:
    """How a file begins; entries follow it, with commas between them."""
    creator = msgspec.json.encode({"name": "netloom", "version": version})
    return b'{"log":{"version":"1.2","creator":' + creator + b',"pages":[],"entries":[\n'


TAIL = b"\n]}}\n"


def emit(exchange: Exchange) -> bytes:
    """One entry."""
    request, response, timings = exchange.request, exchange.response, exchange.timings
    made: dict[str, Any] = {
        "startedDateTime": _date(exchange.started),
        "time": round(timings.whole, 3),
        "request": {
            "method": request.method,
            "url": request.url,
            **_common(request),
            "cookies": _cookies(request.field("cookie").split(";")),
            "queryString": _query(request.url),
        },
        "response": {
            "status": response.status,
            "statusText": response.reason,
            **_common(response),
            "cookies": _cookies(
                value.partition(";")[0] for name, value in response.fields if name.lower() == "set-cookie"
            ),
            "content": _content(response),
            "redirectURL": response.field("location"),
        },
        "cache": {},
        "timings": {name: round(getattr(timings, name), 3) for name in Timings.__struct_fields__},
    }
    if request.body:
        made["request"]["postData"] = {"mimeType": request.field("content-type"), "params": [], **_text(request.body)}
    optional = {"serverIPAddress": exchange.address, "connection": exchange.connection, "comment": exchange.comment}
    made |= {name: value for name, value in optional.items() if value}
    return msgspec.json.encode(made)


def _common(message: Message) -> dict[str, Any]:
    return {
        "httpVersion": message.version,
        "headers": [{"name": name, "value": value} for name, value in message.fields],
        "headersSize": -1,
        "bodySize": message.coded,
    }


def _content(response: Response) -> dict[str, Any]:
    size = len(response.body)
    made = {"size": size, "mimeType": response.field("content-type"), **_text(response.body)}
    if response.coded >= 0 and response.coded != size:
        made["compression"] = size - response.coded
    return made


def _text(body: bytes) -> dict[str, str]:
    """Text as it is, anything else in base64."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"text": text} if "\0" not in text else {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _query(url: str) -> list[dict[str, str]]:
    pairs = parse_qsl(split(url).query, keep_blank_values=True)
    return [{"name": name, "value": value} for name, value in pairs]


def _set(response: Response) -> Iterable[str]:
    return (value.partition(";")[0] for name, value in response.fields if name.lower() == "set-cookie")


def _cookies(texts: Iterable[str]) -> list[dict[str, str]]:
    pairs = (text.partition("=") for text in texts if "=" in text)
    return [{"name": name.strip(), "value": value.strip()} for name, _, value in pairs]


def _date(nanoseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(nanoseconds // _SECOND, datetime.UTC)
    return moment.replace(microsecond=nanoseconds % _SECOND // 1000).isoformat(timespec="microseconds")
