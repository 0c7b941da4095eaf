"""A call that ended otherwise than OK, as an error of ours: its code's name, its message, its details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import (
    DeadlineExceeded,
    NetloomError,
    PeerRefused,
    RemoteProtocolError,
    Unauthenticated,
    Unsupported,
)
from netloom.links.http.messages import header
from netloom.wire.grpc import metadata, schema, status, values
from netloom.wire.grpc.status import RULE, Code

if TYPE_CHECKING:
    from netloom.links.http.h2_connection import Reset
    from netloom.links.http.messages import Headers, Response

_DETAILS = "grpc-status-details-bin"
_WORDS = 2000
_HINTS = {
    Code.RESOURCE_EXHAUSTED: "it is too much, or too often: of the server's limits its documentation tells",
    Code.UNAVAILABLE: "that passes, as a rule: try again",
}


class NotHere(Unsupported):
    """UNIMPLEMENTED: the server hasn't this service, this method, or this encoding."""


def of_status(code: Code, fields: Headers, path: str) -> NetloomError:
    """The error that a grpc-status stands for, with grpc-message and grpc-status-details-bin of the same fields."""
    words = metadata.parse_message(header(fields, "grpc-message") or "")[:_WORDS]
    said = f"{path}: {code.name}{f': {words}' if words else ''}"
    if code is Code.UNIMPLEMENTED:
        return NotHere(said, hint="netloom list shows what there is, where the server tells")
    if code is Code.DEADLINE_EXCEEDED:
        return DeadlineExceeded(said, hint="-O timeout=SECONDS allows more")
    text = "\n".join([words, *_details(header(fields, _DETAILS))]).strip("\n")
    if code is Code.UNAUTHENTICATED:
        hint = "grpc://USER:PASSWORD@…, or -O token=…, or -O metadata='NAME: VALUE'"
        return Unauthenticated(said, code=code.name, text=text, hint=hint)
    return PeerRefused(said, code=code.name, text=text, hint=_HINTS.get(code, ""))


def of_http(response: Response, text: str) -> NetloomError:
    """The error of an answer that isn't gRPC's."""
    kind = header(response.headers, "content-type") or "nothing"
    if response.status == 200:
        return RemoteProtocolError(
            f"application/grpc is expected, and {kind[:80]} came", rule=RULE, hint="does a gRPC server listen there?"
        )
    code = status.of_http(response.status)
    words = f"HTTP {response.status} and {kind[:80]} instead of gRPC: {code.name}"
    make = Unauthenticated if code is Code.UNAUTHENTICATED else PeerRefused
    return make(words, code=code.name, text=text, hint="does a gRPC server listen there?")


def of_reset(error: Reset, path: str) -> NetloomError:
    """The error of a stream that was reset."""
    code = status.of_reset(error.error_code)
    return PeerRefused(f"{path}: {code.name}: {error.message}", code=code.name, hint=_HINTS.get(code, ""))


def _details(encoded: str | None) -> list[str]:
    """What google.rpc.Status adds: each detail's type, and its content where that is known here."""
    if encoded is None:
        return []
    try:
        found = values.parse(schema.rich_status(), metadata.decode(_DETAILS, encoded))
    except RemoteProtocolError as error:
        return [f"({_DETAILS}: {error.message})"]
    details = getattr(found, "details", [])
    return [f"{detail.type_url[:200]}, {len(detail.value)} bytes" for detail in details[:20]]
