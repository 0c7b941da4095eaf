"""One message on its way to many clients: its bytes are made once for all who hear it in the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netloom.wire.irc.message import LINE_LIMIT, Message, cut, emit, emit_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

_WORD_LIMIT = 150


def now() -> str:
    """The time as `server-time` has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def word(param: str) -> str:
    """What a client said, as it can stand in the middle of an answer to it."""
    shown = cut(param.partition(" ")[0].lstrip(":"), _WORD_LIMIT)
    return shown or "*"


def fitted(message: Message) -> bytes:
    """The line of a message, whose last parameter is cut where it is too long."""
    line = emit(message, 1 << 20)
    over = len(line) - LINE_LIMIT
    if over <= 0:
        return line
    *words, last = message.params
    size = len(last.encode("utf-8", "surrogateescape"))
    return emit(Message(message.command, (*words, cut(last, size - over)), message.source))


class Said:
    """What is said, by whom (`source`, `account`) and when. `tags` are the client's own, that begin with `+`."""

    __slots__ = ("_account", "_forms", "_line", "_tags", "_time", "command")

    def __init__(
        self, message: Message, *, account: str = "", tags: Mapping[str, str] | None = None, time: str = ""
    ) -> None:
        self.command = message.command
        self._line = fitted(message)
        self._account = account
        self._tags = dict(tags or {})
        self._time = time or now()
        self._forms: dict[tuple[bool, bool, bool], bytes] = {}

    def form(self, caps: Set[str], extra: Mapping[str, str] | None = None) -> bytes:
        """The bytes for a client that has asked for these capabilities; `extra` tags are for it alone."""
        key = ("server-time" in caps, "account-tag" in caps, "message-tags" in caps)
        if not extra and (found := self._forms.get(key)) is not None:
            return found
        tags = dict(extra or {})
        if key[0]:
            tags["time"] = self._time
        if key[1] and self._account:
            tags["account"] = self._account
        if key[2]:
            tags |= self._tags
        made = emit_tags(tags) + self._line if tags else self._line
        if not extra:
            self._forms[key] = made
        return made
