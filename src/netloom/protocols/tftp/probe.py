"""TFTP, the probe: does it answer, from where, and what does it agree to (RFC 1350 §4, RFC 2347)?"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import PeerRefused
from netloom.wire.tftp.packets import Code, Data, OptionAck

if TYPE_CHECKING:
    from netloom.protocols.tftp.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a TFTP probe learns: how a read was answered (`options`, `data`, `refusal`), an error's number and words.

    `options` are those that were acknowledged, `size` in bytes; `port` is where the transfer came from, None where that
    is the port that was asked.
    """

    answer: str = ""
    code: int | None = None
    text: str = ""
    options: dict[str, str] = msgspec.field(default_factory=dict)
    size: int | None = None
    port: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Ask for the endpoint's file, and stop where it would begin; without one, for a name that nobody has: that there
    is no such file is a right answer, too."""
    named = bool(client.endpoint.path.strip("/"))
    path = client.endpoint.path if named else f"/netloom-{secrets.token_hex(4)}"
    request = client.request(path, size=0 if client.options.mode == "octet" else None)
    try:
        channel, request, answer = await client.begin(request)
    except PeerRefused as exc:
        facts.answer, facts.code, facts.text = "refusal", int(exc.code), exc.text
        facts.summary = f"answers: {exc.code} {exc.text[:80]}".rstrip()
        if named or exc.code != Code.NOT_FOUND:
            raise
        facts.summary = f"answers · {exc.text[:80] or 'no such file'}"
        return
    facts.port = channel.port
    if isinstance(answer, OptionAck):
        facts.answer, facts.options = "options", answer.options
    elif isinstance(answer, Data):
        facts.answer = "data"
    agreed = await client.agreed(channel, request, answer)
    facts.size = agreed.tsize
    await channel.refuse(Code.UNDEFINED, "that was all")
    facts.summary = _summary(facts)


def _summary(facts: Facts) -> str:
    words = ["it is there" if facts.size is None else f"{facts.size} bytes"]
    words += [f"{name} {value}" for name, value in facts.options.items() if name != "tsize"]
    if not facts.options:
        words.append("no options")
    return " · ".join(words)
