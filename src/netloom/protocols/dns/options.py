"""What DNS can be told, by name, and the questions' flags and EDNS that follow from it (RFC 1035, 6891)."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.dns import codes, edns
from netloom.wire.dns.message import Edns
from netloom.wire.dns.query import Template

Who = Literal["loopback", "accounts", "anyone", "nobody"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What DNS can be told. Sizes are octets, times seconds."""

    transport: Annotated[
        Literal["", "udp", "tcp"],
        Meta(description="dns: only udp, or only tcp; as a rule tcp follows a truncated answer"),
    ] = ""
    dnssec: Annotated[bool, Meta(description="ask for DNSSEC's records (DO)")] = False
    rd: Annotated[bool, Meta(description="recursion desired")] = True
    ad: Annotated[bool, Meta(description="ask whether the answer was validated (AD)")] = True
    cd: Annotated[bool, Meta(description="checking disabled: leave out the resolver's validation")] = False
    edns: Annotated[
        int, Meta(ge=0, le=65535, description="octets of an answer that fit a datagram (EDNS); 0: speak without EDNS")
    ] = 1232
    nsid: Annotated[bool, Meta(description="ask for the server's identifier (RFC 5001)")] = False
    subnet: Annotated[str, Meta(description="ask on behalf of a subnet: ADDRESS/PREFIX (RFC 7871)")] = ""
    cookie: Annotated[bool, Meta(description="dns: send a cookie (RFC 7873)")] = True
    mix_case: Annotated[bool, Meta(description="dns: the name's case at random, against forged answers (0x20)")] = True
    padding: Annotated[bool, Meta(description="dot, doh: hide the question's length (RFC 8467)")] = True
    retries: Annotated[int, Meta(ge=0, le=20, description="udp: how often to ask again while no answer comes")] = 2
    patience: Annotated[float, Meta(gt=0, le=3600, description="udp: seconds until it asks again; they double")] = 2.0
    method: Annotated[Literal["POST", "GET"], Meta(description="doh: how to ask")] = "POST"
    doh_path: Annotated[str, Meta(pattern="^/", description="doh: path of the service, asking")] = "/dns-query"
    http: Annotated[Literal["", "1.1", "2"], Meta(description="doh: only this version of HTTP, asking")] = ""
    tsig: Annotated[
        Literal["hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1"],
        Meta(description="algorithm of the key whose name and secret are user and password (RFC 8945)"),
    ] = "hmac-sha256"
    transfer: Annotated[
        Who, Meta(description="serving: who may copy the zone; accounts sign with TSIG, and may where loopback may")
    ] = "loopback"
    update: Annotated[Who, Meta(description="serving: who may change the zone, likewise")] = "loopback"


@functools.lru_cache(maxsize=256)
def template(options: Options, encrypted: bool) -> Template:
    """The questions that these options ask for. Raises UsageError."""
    wanted = (("rd", options.rd, codes.RD), ("ad", options.ad, codes.AD), ("cd", options.cd, codes.CD))
    flags = sum(flag for _, on, flag in wanted if on)
    if not options.edns:
        needs = [name for name in ("dnssec", "nsid", "subnet") if getattr(options, name)]
        if needs:
            raise UsageError(f"{needs[0]} needs EDNS", hint="leave edns=0 out")
        return Template(flags, None)
    extra: list[tuple[int, bytes]] = []
    if options.nsid:
        extra.append((codes.OPTION_NSID, b""))
    if options.subnet:
        try:
            extra.append((codes.OPTION_SUBNET, edns.subnet(options.subnet)))
        except LocalProtocolError as exc:
            raise UsageError(exc.message, hint=exc.hint) from None
    if options.cookie and not encrypted:
        extra.append((codes.OPTION_COOKIE, bytes(edns.CLIENT_COOKIE)))
    return Template(flags, Edns(options.edns, flags=codes.DO if options.dnssec else 0, options=tuple(extra)))
