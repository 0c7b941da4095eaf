"""A console: somebody at a terminal, or a script that is piped in, in front of a session at a command line."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from netloom.contents.shell.editor import Editor, Typed
from netloom.contents.shell.session import Interrupted
from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from netloom.links.stream import Stream

T = TypeVar("T")
INTERRUPT = "\x03"
_TYPED_AHEAD = 64 * 1024
"""Characters that may be typed before somebody reads them."""


class Terminal(msgspec.Struct):
    """What somebody sits at: its type, its size in characters, and whether it has to be shown what is typed there."""

    kind: str = ""
    columns: int = 80
    rows: int = 24
    echoes: bool = True


class Console:
    """Lines and keys from a stream, and words to it.

    At a terminal lines are edited and echoed here, LF becomes CR LF, and Ctrl-C ends what is being done. Without one,
    lines are what comes, until the end.
    """

    def __init__(  # noqa: PLR0913  # what a protocol knows of a connection
        self,
        stream: Stream,
        terminal: Terminal | None,
        *,
        limit: int,
        idle: float | None = None,
        complain: Callable[[bytes], Awaitable[None]] | None = None,
        interruptible: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        """`complain` writes to standard error, where there is one; `interruptible` is what ends by a signal, raising
        TimeoutError; `limit` is how many characters a line may have; `idle` the seconds of silence that the stream
        bears where nothing is being done."""
        self.stream = stream
        self.terminal = terminal
        self._limit = limit
        self._idle = idle
        self._complain = complain
        self._interruptible = interruptible or contextlib.nullcontext
        self._editor = Editor(limit)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def show(self, text: str | bytes) -> None:
        """Say something."""
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        if self.terminal is not None:
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if data:
            await self.stream.write(data)

    async def complain(self, data: bytes) -> None:
        """Say something on standard error; a terminal has none of its own."""
        if self._complain is None or self.terminal is not None:
            await self.show(data)
        elif data:
            await self._complain(data)

    async def line(
        self, prompt: str = "", *, begun: str = "", hidden: bool = False, keys: frozenset[str] = frozenset()
    ) -> Typed:
        """A line, or what ended it early. At the end of the input it is of the kind `end`.

        Raises RemoteProtocolError for a line beyond the limit from a script.
        """
        await self.show(prompt + ("" if hidden else begun))
        if self.terminal is None:
            return await self._plain_line()
        editor = self._editor
        editor.begin(begun, hidden=hidden, keys=keys)
        while True:
            typed = editor.take()
            shown = editor.shown()
            if typed is not None and typed.kind == "line":
                shown += "\n"
            if self.terminal.echoes:
                await self.show(shown)
            if typed is not None:
                return typed
            if not await self._more():
                return Typed("end", "")

    async def key(self, prompt: str = "") -> str:
        """One key. Raises Interrupted for Ctrl-C, and where there is no terminal."""
        await self.show(prompt)
        if self.terminal is None:
            raise Interrupted
        while (key := self._editor.key()) is None:
            if not await self._more():
                raise Interrupted
        if key == INTERRUPT:
            raise Interrupted
        return key

    async def carry_out(self, work: Coroutine[None, None, T]) -> T:
        """Do something that Ctrl-C, or a signal, ends early. Raises Interrupted then."""
        try:
            async with self._interruptible():
                return await (work if self.terminal is None else self._watched(work))
        except TimeoutError:
            raise Interrupted from None

    async def all_input(self, limit: int) -> bytes:
        """Everything that is piped in, a little more than may be at most."""
        data = bytearray()
        while len(data) <= limit and (chunk := await self.stream.read()):
            data += chunk
        return bytes(data[: limit + 1])

    async def _plain_line(self) -> Typed:
        line = await self.stream.read_line_or_rest(self._limit)
        if not line and self.stream.at_eof:
            return Typed("end", "")
        return Typed("line", line.decode("utf-8", "replace"))

    async def _more(self) -> bool:
        """More of what is typed; False at the end."""
        data = await self.stream.read()
        self._editor.feed(self._decoder.decode(data, not data))
        if len(self._editor.waiting) > _TYPED_AHEAD:
            raise RemoteProtocolError(f"more than {_TYPED_AHEAD} characters were typed ahead")
        return bool(data)

    async def _watched(self, work: Coroutine[None, None, T]) -> T:
        """Do something while looking at what is typed. It takes as long as it takes: silence isn't counted."""
        task = asyncio.get_running_loop().create_task(work)
        at_end = False
        try:
            self.stream.set_idle(None)
            while not task.done():
                if self._editor.drop_until(INTERRUPT):
                    raise Interrupted
                if at_end:
                    await asyncio.wait({task})
                    continue
                at_end = not await self._more_unless(task)
            return await task
        finally:
            self.stream.set_idle(self._idle)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _more_unless(self, task: asyncio.Task[T]) -> bool:
        """What is typed until a task is done."""
        reading = asyncio.get_running_loop().create_task(self._more())
        try:
            await asyncio.wait((task, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # where the task's own is on its way, nobody asks for this one
        return reading.cancelled() or reading.result()
