"""HTTP, the probe: what does it answer, and is that a yes (RFC 9110 §15)?"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.protocols.http import places, replies

if TYPE_CHECKING:
    from netloom.protocols.http.client import Client
    from netloom.protocols.http.session import Answered


_PHRASES = {int(status): status.phrase for status in HTTPStatus}


class Facts(shapes.Facts, kw_only=True):
    """What an HTTP probe learns. `body` is the beginning of the body as text, up to 64 KiB; sizes in bytes.

    `quic` is the version of QUIC below HTTP/3, `alternatives` what Alt-Svc says (RFC 7838).
    `content_length` is what the server says, `body_size` what came, decoded; `location`: where we didn't follow.
    """

    status: int | None = None
    reason: str = ""
    version: str = ""
    quic: int | None = None
    alternatives: str = ""
    url: str = ""
    redirects: list[str] = msgspec.field(default_factory=list)
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    server: str = ""
    content_type: str = ""
    encoding: str = ""
    content_length: int | None = None
    body_size: int | None = None
    location: str = ""
    body: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Ask once. A status of 400 and above is a failure, unless the option `fail` is off."""
    answered = await client.ask("GET")
    _learn(answered, facts)
    facts.quic = client.quic or None
    if answered.method != "HEAD":
        facts.body, facts.body_size = await replies.text_of(answered, client.options)
    if answered.answer.response.status >= 400 and client.options.fail:
        raise replies.refusal(answered, facts.body)


def _learn(answered: Answered, facts: Facts) -> None:
    response = answered.answer.response
    headers = replies.joined(response.headers)
    facts.status = response.status
    facts.reason = response.reason
    facts.version = response.version
    facts.url = places.url_of(answered.place)
    facts.redirects = list(answered.redirects)
    facts.headers = headers
    facts.alternatives = headers.get("alt-svc", "")
    facts.server = headers.get("server", "")
    facts.content_type = headers.get("content-type", "")
    facts.encoding = headers.get("content-encoding", "")
    facts.content_length = replies.length_of(headers.get("content-length", ""))
    facts.location = headers.get("location", "")
    count = len(facts.redirects)
    followed = f" · {count} redirect{'s' * (count > 1)}" if count else ""
    reason = response.reason or _PHRASES.get(response.status, "")  # HTTP/2 has none
    facts.summary = f"{response.status} {reason}".rstrip() + f" · HTTP/{response.version}{followed}"
