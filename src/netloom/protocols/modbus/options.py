"""What Modbus can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class ModbusOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of modbus://, mbaps:// and modbus+rtu://."""

    unit: Annotated[
        Annotated[int, Meta(ge=0, le=255)] | None,
        Meta(description="the unit to ask (1); serving: the only one that answers (any)"),
    ] = None
    multiple: Annotated[bool, Meta(description="put: write a single value, too, as one of many (15, 16)")] = False
    # Serving
    write: Annotated[
        Literal["", "no", "yes"],
        Meta(description="serving: nobody or anybody writes; by default this machine's own, as there are no accounts"),
    ] = ""
