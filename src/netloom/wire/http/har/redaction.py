"""An exchange as other people may see it: secrets in fields, addresses and forms are dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.wire.http.passive.redaction import shown_field, shown_target

if TYPE_CHECKING:
    from netloom.wire.http.har import Exchange, Field, Message


def redacted(exchange: Exchange) -> Exchange:
    """The same without passwords, tokens and cookies. What else bodies say stays."""
    request, response = exchange.request, exchange.response
    return replace(
        exchange,
        request=replace(request, url=shown_target(request.url), fields=_fields(request), body=_form(request)),
        response=replace(response, fields=_fields(response)),
    )


def _fields(message: Message) -> tuple[Field, ...]:
    return tuple((name, shown_field(f"{name}: {value}").partition(": ")[2]) for name, value in message.fields)


def _form(message: Message) -> bytes:
    """The names of its fields tell which of them are secret, as in an address."""
    if not message.field("content-type").lower().startswith("application/x-www-form-urlencoded"):
        return message.body
    return shown_target(f"?{message.body.decode('latin-1')}")[1:].encode()
