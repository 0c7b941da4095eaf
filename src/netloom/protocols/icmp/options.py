"""What ICMP can be told: one set of options for the client and the probe."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

LARGEST = 65_507
"""Octets of data in an echo: what IPv4 leaves behind its own header and ICMP's."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of icmp://. The time to live is the link's option `ttl`."""

    count: Annotated[int, Meta(ge=0, le=65_535, description="pings to send (0: until stopped, with get --save -)")] = 4
    interval: Annotated[float, Meta(ge=0.01, le=3600.0, description="seconds from one ping to the next")] = 0.2
    wait: Annotated[float, Meta(gt=0.0, le=3600.0, description="seconds for which each may be answered")] = 1.0
    size: Annotated[int, Meta(ge=0, le=LARGEST, description="bytes of data in each")] = 56
