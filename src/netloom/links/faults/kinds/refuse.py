"""Refuse: a server says no in its protocol's own words, so many times if that is told."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.fault import Count, Fault


class Refuse(Fault, frozen=True, kw_only=True):
    """What a code is, and where it is said, the protocol knows (`netloom help PROTOCOL`)."""

    VALUE: ClassVar[str] = "code"

    code: Annotated[str, Meta(min_length=1, description="the protocol's code, or its name")]
    at: Annotated[str, Meta(description="the command or step that is refused")] = ""
    target: Annotated[str, Meta(description="only for what it is about: a path, an address …, with * and ?")] = ""
    times: Annotated[Count | None, Meta(description="how often, before it succeeds")] = None
    text: Annotated[str, Meta(description="the words beside the code")] = ""


FAULT = Refuse
