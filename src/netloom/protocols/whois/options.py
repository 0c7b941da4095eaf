"""What WHOIS can be told: one set of options for the client and the probe."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of whois://."""

    query: Annotated[str, Meta(description="what to ask for, instead of the path")] = ""
    referrals: Annotated[int, Meta(ge=0, le=32, description="other servers to go on to, one after the other")] = 5
    all: Annotated[bool, Meta(description="give every server's answer, not only the last one's")] = False
    verbatim: Annotated[bool, Meta(description="ask just that, without a server's own way of asking")] = False
    max_size: Annotated[int, Meta(ge=1, le=2**30, description="bytes of an answer")] = 1 << 20
