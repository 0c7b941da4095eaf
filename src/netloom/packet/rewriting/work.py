"""Work: a capture's frames into another file, each as it becomes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.packet.captures.blocks import Names, Secrets
from netloom.packet.captures.capture import open_capture
from netloom.packet.captures.copying import Copy, Extras, form_of, refuse_itself
from netloom.packet.dissect import dissect
from netloom.packet.filters.language import parse
from netloom.packet.filters.matches import matcher
from netloom.packet.filters.octets import FrameView
from netloom.packet.frame import Frame
from netloom.packet.rewriting.changes import names
from netloom.packet.rewriting.rewriter import Rewriter

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from netloom.packet.captures.blocks import Block, Interface
    from netloom.packet.captures.capture import Note, Part
    from netloom.packet.captures.record import Written
    from netloom.packet.rewriting.rewriter import Changes

    Path_ = str | os.PathLike[str]

STEP = 1024
"""Frames between two moments in which somebody can stop it."""


class Rewriting:
    """One file from a capture of one or more: what a filter wants of them, changed.

    Raises UsageError for a filter that makes no sense, and for what can't be read or written.
    """

    def __init__(
        self, paths: Sequence[Path_], target: Path_, changes: Changes, *, wanted: str = "", overwrite: bool = False
    ) -> None:
        self._wanted = matcher(parse(wanted)) if wanted.strip() else None
        refuse_itself(target, paths)
        self._capture = open_capture(paths)
        self.size = self._capture.size
        self._changes = changes
        self._rewriter = Rewriter(changes)
        self._extras = Extras()
        self._interfaces: dict[Interface, Interface] = {}
        self._lost: set[str] = set()
        self._copy = Copy(form_of(target, paths).create(target, overwrite=overwrite), self._extras)
        self._steps = self._walk()

    @property
    def position(self) -> int:
        """Octets of the files that were read, to be compared with `size`."""
        return self._capture.position

    @property
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return self._capture.notes

    def _walk(self) -> Iterator[None]:
        for number, part in enumerate(self._capture.parts()):
            blocks = part.blocks()
            while some := list(islice(blocks, STEP)):
                for block in some:
                    if isinstance(block, Frame):
                        self._put(block, part, number)
                    else:
                        self._hear(block)
                yield

    def _put(self, frame: Frame, part: Part, number: int) -> None:
        if self._wanted is not None:
            dissected = dissect(frame)
            if not self._wanted.keep(dissected.row, FrameView(frame, dissected)):
                return
        interface = part.reader.interfaces[frame.interface]
        new = self._rewriter.frame(frame, interface.fcs)
        if frame.comment and not new.comment and not self._changes.stripped:
            self._lost.add("comments")
        self._copy.put(new, self._interface(interface), number)

    def _interface(self, interface: Interface) -> Interface:
        snap = self._changes.snap
        if not snap or 0 < interface.snap <= snap:
            return interface
        return self._interfaces.setdefault(interface, replace(interface, snap=snap))

    def _hear(self, block: Block) -> None:
        """Names go with their addresses. Where those are nobody's any more, neither names nor secrets are told."""
        if self._changes.stripped and isinstance(block, Secrets):
            return
        if self._changes.anonymity is not None:
            if isinstance(block, Names | Secrets):
                self._lost.add("names" if isinstance(block, Names) else "secrets")
            return
        if isinstance(block, Names) and self._changes.addresses:
            block = Names(names(block.names, self._changes.addresses))
        self._extras.hear(block)

    def step(self) -> bool:
        """Do some of it; whether there is more."""
        for _ in self._steps:
            return True
        return False

    def cancel(self) -> None:
        """Stop, also what waits for octets, in any thread."""
        self._capture.cancel()

    def finish(self) -> list[Written]:
        """Close the files, and tell what was written."""
        self.close()
        self._copy.writer.lost.update(self._lost)
        return [self._copy.written()]

    def close(self) -> None:
        """Close all files; again does nothing."""
        self._capture.close()
        self._copy.writer.close()
