"""What gets a server to ask at all its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.protocols.refusing import Server


class Script(NamedTuple):
    """A talk with a server of a scheme that has these options, `contents` and, where `user` names one, an account."""

    talk: Callable[[Server], Awaitable[object]]
    scheme: str
    options: str = ""
    user: str = ""
    contents: tuple[Any, ...] = ()
