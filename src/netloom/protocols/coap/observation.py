"""Which of two notifications is the newer one, whatever the network did to them (RFC 7641 §3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.coap import codes

if TYPE_CHECKING:
    from netloom.wire.coap.message import Message

_HALF = 1 << 23
_WHOLE = 1 << 24


def is_newer(message: Message, before: Message | None) -> bool:
    """Whether a notification is news. One without a number is the last there is; the first always is news.

    Numbers go round; that two minutes may have passed doesn't matter, as after a minute it is asked again.
    """
    number = message.uint(codes.OBSERVE)
    latest = before.uint(codes.OBSERVE) if before is not None else None
    if number is None or latest is None:
        return True
    return 0 < (number - latest) % _WHOLE < _HALF
