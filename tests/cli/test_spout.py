"""Standard output: everything arrives, a slow reader holds up nobody else, a reader that goes is no error."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from netloom import loop
from netloom.cli.spout import PipeClosed, Spout, encoded, put
from netloom.errors import NetloomError


async def test_text_and_bytes() -> None:
    reader, writer = os.pipe()
    spout = Spout(writer, "ascii")
    await spout.write("é\n")
    await spout.write(b"\xff")
    await spout.write("")
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read() == b"\\xe9\n\xff"


@pytest.mark.parametrize("blocking", [True, False])
async def test_a_slow_reader_holds_up_nobody_else(blocking: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    data = os.urandom(1_000_000)
    writing = asyncio.create_task(Spout(writer, "utf-8").write(data))
    for _ in range(10):  # the loop goes on, although the pipe is full
        await asyncio.sleep(0)
    assert not writing.done()
    with os.fdopen(reader, "rb") as file:
        received = await asyncio.to_thread(file.read, len(data))
        await writing
    os.close(writer)
    assert received == data


def test_what_is_taken_at_once_needs_no_loop() -> None:
    reader, writer = os.pipe()
    data = os.urandom(20_000)  # more than a pipe takes whole, less than it holds
    assert loop.begin(Spout(writer, "utf-8").write(data), lambda: False)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read() == data


async def test_what_doesnt_fit_waits_in_a_thread() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"x" * 60_000)
    data = os.urandom(20_000)
    writing = asyncio.create_task(Spout(writer, "utf-8").write(data))
    await asyncio.sleep(0)
    assert not writing.done()
    with os.fdopen(reader, "rb") as file:
        assert await asyncio.to_thread(file.read, 80_000) == b"x" * 60_000 + data
    await writing
    os.close(writer)


@pytest.mark.parametrize("size", [1, 100_000])
async def test_a_reader_that_has_gone(size: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(PipeClosed):
        await Spout(writer, "utf-8").write(b"x" * size)
    os.close(writer)


async def test_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, which Linux has")
    descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(NetloomError, match="No space left on device"):
        await Spout(descriptor, "utf-8").write(b"x")
    os.close(descriptor)


def test_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    put("a page ↑\n")
    assert capsys.readouterr().out == "a page ↑\n"


@pytest.mark.parametrize(
    ("text", "encoding", "data"),
    [
        ("5 µs · …", "utf-8", "5 µs · …".encode()),
        ("5 µs · …", "ascii", b"5 us - ..."),
        ("é →", "ascii", b"\\xe9 ->"),
        ("é ↑", "latin-1", b"\xe9 ^"),
    ],
)
def test_the_letters_that_an_encoding_has(text: str, encoding: str, data: bytes) -> None:
    assert encoded(text, encoding) == data
