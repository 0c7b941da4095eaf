"""What becomes of damage, when a capture has been read as far as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from netloom.packet.captures.capture import Note
    from netloom.records import Record


async def tell(notes: Sequence[Note], emit: Callable[[Record], Awaitable[None]], *, strict: bool) -> None:
    """Emit where files are damaged. Raises the first as an error where that is asked for."""
    for note in notes:
        await emit(note.record())
    if strict and notes:
        raise notes[0].error()
