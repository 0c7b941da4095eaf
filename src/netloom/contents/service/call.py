"""One call of a method, as a handler sees it, and its way to say no."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from netloom.errors import NetloomError
from netloom.wire.grpc.status import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from netloom.wire.grpc.catalogue import Method
    from netloom.wire.grpc.metadata import Metadata


class Refused(NetloomError):
    """The handler's "no": a status code and its message. `Refused("NOT_FOUND", "no such thread")`."""

    def __init__(self, code: Code | str, message: str = "") -> None:
        self.code = Code[code] if isinstance(code, str) else code
        if self.code is Code.OK:
            raise ValueError("OK is no refusal")
        super().__init__(message or self.code.name)


class Call:
    """What a handler may ask for as its second argument.

    `metadata` came with the call; `headers` go out before the first reply, `trailers` after the last. `user` is the
    account's name, empty for anybody; `timeout` the seconds that the client gave (None: any).
    """

    def __init__(  # noqa: PLR0913  # what a handler may ask for, by name
        self,
        method: Method,
        *,
        metadata: Metadata = (),
        peer: str = "",
        user: str = "",
        timeout: float | None = None,
        waiting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self.method = method
        self.metadata = metadata
        self.peer = peer
        self.user = user
        self.timeout = timeout
        self.waiting = waiting
        """`with call.waiting():` around a wait for what may never come: a server that stops doesn't wait for it."""
        self.headers: list[tuple[str, str | bytes]] = []
        self.trailers: list[tuple[str, str | bytes]] = []

    def get(self, name: str) -> str | bytes | None:
        """The first value of that name in the call's metadata."""
        return next((value for known, value in self.metadata if known == name), None)

    def get_all(self, name: str) -> Sequence[str | bytes]:
        """Every value of that name in the call's metadata."""
        return [value for known, value in self.metadata if known == name]
