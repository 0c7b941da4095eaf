"""What an answer says, in plain values, and how a "no" is raised (RFC 1035 §4.1.1, RFC 8914)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from netloom.errors import PeerRefused, Unauthenticated
from netloom.records import Entry
from netloom.wire.dns import codes, edns, rdata, tsig
from netloom.wire.dns.names import to_text

if TYPE_CHECKING:
    from netloom.wire.dns.message import Message, Question, Record

_HINTS = {
    codes.SERVFAIL: "it answered, but couldn't resolve: is it DNSSEC? Ask with cd=1",
    codes.REFUSED: "it doesn't answer this to us: is it the right server for the name?",
    codes.NOTIMP: "it doesn't do that",
    codes.FORMERR: "it didn't understand the question: try edns=0",
}


def raise_for(message: Message, question: Question) -> None:
    """Raises PeerRefused, its code the rcode's name, unless the answer is NOERROR."""
    rcode = message.rcode
    if rcode == codes.NOERROR:
        return
    name = codes.rcode_name(rcode)
    errors = edns.errors(message.edns) if message.edns is not None else []
    text = "; ".join(errors)
    if rcode == codes.NOTAUTH:
        said = tsig.signature(message)
        if said is not None and said.error:
            reason = codes.rcode_name(said.error) if said.error != tsig.BADSIG else "BADSIG"
            raise Unauthenticated(
                f"{question}: {reason}", code=reason, text=text, hint="is it the right key, and the right time?"
            )
    raise PeerRefused(
        f"{question}: {name}{f' ({text})' if text else ''}", code=name, text=text, hint=_HINTS.get(rcode, "")
    )


def flags_of(message: Message) -> list[str]:
    """The names of the header's flags that are set, without qr."""
    return list(_flags(message.flags))


@functools.lru_cache(maxsize=1024)
def _flags(flags: int) -> tuple[str, ...]:
    return tuple([name for name, flag in codes.FLAGS[1:] if flags & flag])


def described(record: Record) -> dict[str, Any]:
    """A record as plain values, its data's parts by their names besides. Raises RemoteProtocolError."""
    plain = record.plain()
    plain["class"] = codes.class_name(record.rdclass)
    plain.update(rdata.fields(record.rdtype, record.rdclass, record.rdata))
    return plain


def entry(record: Record, change: str) -> Entry:
    """A record of a transfer; `change` is add or delete in an incremental one."""
    value = {"ttl": record.seconds, "class": codes.class_name(record.rdclass), "data": record.data}
    if change:
        value["change"] = change
    kind = codes.type_name(record.rdtype)
    return Entry(name=to_text(record.name), kind=kind, size=len(record.rdata), value=value)
