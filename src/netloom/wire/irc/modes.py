"""Mode changes: `+o-v ann bob`, with a parameter where a mode takes one (modern.ircdocs.horse, CHANMODES)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Kinds(Struct, frozen=True):
    """Channel modes by what they take: CHANMODES=lists,always,set,flags and the modes of PREFIX."""

    lists: str = "beI"
    always: str = "k"
    when_set: str = "l"
    flags: str = "imnst"
    prefix: str = "ov"

    @classmethod
    def of(cls, chanmodes: str, prefix: str) -> Kinds:
        """From the values of CHANMODES and PREFIX."""
        parts = [*chanmodes.split(","), "", "", "", ""]
        modes, closed, _ = prefix.removeprefix("(").partition(")")
        return cls(parts[0], parts[1], parts[2], parts[3], modes if closed else "")

    def takes(self, mode: str, *, add: bool) -> bool:
        """Whether a change has a parameter; a list's may be missing, which asks for it."""
        return mode in self.lists or mode in self.always or mode in self.prefix or (add and mode in self.when_set)


class Change(NamedTuple):
    """One change; `param` is None where there is none."""

    add: bool
    mode: str
    param: str | None = None


def parse(params: Sequence[str], kinds: Kinds) -> list[Change]:
    """The changes of a mode string and its parameters."""
    changes = []
    left = list(params[1:])
    add = True
    for mode in params[0] if params else "":
        if mode in "+-":
            add = mode == "+"
        else:
            changes.append(Change(add, mode, left.pop(0) if left and kinds.takes(mode, add=add) else None))
    return changes


def emit(changes: Iterable[Change]) -> tuple[str, ...]:
    """A mode string and its parameters."""
    said, params, sign = "", [], None
    for change in changes:
        if change.add is not sign:
            sign = change.add
            said += "+" if sign else "-"
        said += change.mode
        if change.param is not None:
            params.append(change.param)
    return (said, *params)
