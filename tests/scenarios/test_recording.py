"""Recording as somebody does it: servers that record while they serve, listeners, joins, faults below, Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.packet.captures import open_capture
from netloom.packet.recording import Recording
from netloom.packet.streams.record import Spoken
from netloom.records import MessageRecord, ServingRecord
from netloom.runs import Run
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from netloom.links.stream import Stream

HELLO = "warp and weft"


async def said(path: Path) -> list[tuple[str, bytes]]:
    """Who said what on the streams of a recording."""
    found = await records(None, "follow", [str(path)], octets=True)
    assert open_capture(path).notes == []
    return [(one.sender, one.data) for one in found if isinstance(one, Spoken) and one.data]


class Command:
    """`netloom …` as a process of its own, whose records come line by line."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "netloom", *words, "-o", "ndjson"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def end(self) -> tuple[int, str]:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        _, told = self.process.communicate(timeout=20)
        return self.process.returncode, told


class TestServers:
    async def test_a_server_that_records(self, tmp_path: Path) -> None:
        """What was said is there while it serves; Ctrl-C in the middle of a connection leaves a whole file."""
        path = tmp_path / "served.pcapng"
        with Command("serve", "tcp://127.0.0.1:0", "--record", str(path), "--grace", "0") as command:
            where = command.line()["endpoint"]
            assert path.stat().st_mode & 0o777 == 0o600
            found = await record(None, "send", f"{where}#reply=some", HELLO)
            assert found.body == HELLO.encode()
            assert await said(path) == [("client", HELLO.encode()), ("server", HELLO.encode())]
            place = Endpoint.parse(where)
            reader, writer = await asyncio.open_connection(place.host, place.port)
            writer.write(b"still here")
            assert await reader.readexactly(10) == b"still here"
            code, _ = command.end()
            writer.close()
        assert code in (0, 130)
        assert (await said(path))[2:] == [("client", b"still here"), ("server", b"still here")]

    async def test_a_file_belongs_to_one_process(self, tmp_path: Path) -> None:
        path = tmp_path / "served.pcapng"
        with Command("serve", "tcp://127.0.0.1:0", "--record", str(path)) as command:
            command.line()
            before = path.read_bytes()
            with Command("serve", "tcp://127.0.0.1:0", "--record", str(path)) as second:
                _, told = second.process.communicate(timeout=20)
                assert second.process.returncode == 2
            assert "exists already" in told
            assert path.read_bytes() == before

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    async def test_a_full_disk_is_told_and_not_in_the_way(self) -> None:
        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")]) as serving:
            with pytest.raises(UsageError, match="No space left"):
                await record(None, "send", f"{serving.endpoint}#reply=some", HELLO, record="/dev/full")

    async def test_a_data_connection_is_in_the_same_file(self, tmp_path: Path) -> None:
        """FTP's, and TFTP's transfers: conversations of their own."""
        (tmp_path / "source.txt").write_text(HELLO)
        accounts = Accounts.from_texts(["ann:secret"])
        for scheme in ("ftp", "tftp"):
            path, ours = tmp_path / f"{scheme}.pcapng", tmp_path / f"{scheme}.ours.pcapng"
            recording = Recording(path)
            target = Endpoint.parse(f"{scheme}://127.0.0.1:0{'#tls=never' if scheme == 'ftp' else ''}")
            async with Serving([target], (), accounts, recording=recording) as serving:
                place = f"{scheme}://ann:secret@127.0.0.1:{serving.endpoint.port}/loom.txt"
                found = await record(None, "put", place, str(tmp_path / "source.txt"), record=str(ours))
                assert found.status == "success", found
            recording.close()
            for one in (path, ours):
                frames = [frame.data for frame in open_capture(one).frames()]
                asked = {frame[20:24] for frame in frames if b"loom.txt" in frame}
                carried = {frame[20:24] for frame in frames if frame.endswith(HELLO.encode())}
                assert asked
                assert carried
                assert asked.isdisjoint(carried), "from other ports"


class TestListening:
    async def test_what_is_said_to_us(self, tmp_path: Path) -> None:
        """`listen` by binding records as its server."""
        for scheme in ("udp", "tcp", "syslog"):
            path = tmp_path / f"{scheme}.pcapng"
            run = Run[Any].prepare("listen", (f"{scheme}://127.0.0.1:0",), {"count": 1, "record": str(path)})
            heard: list[Any] = []
            async for one in run:
                heard.append(one)
                if isinstance(one, ServingRecord):
                    await record(None, "send", one.endpoint, HELLO)
            assert isinstance(heard[-1], MessageRecord)
            assert any(HELLO.encode() in data for _, data in await said(path))
            assert path.stat().st_mode & 0o777 == 0o600

    async def test_both_sides_of_a_join(self, tmp_path: Path) -> None:
        """`connect A#listen B` records the peer that comes and the one that is called, each as a conversation."""
        path = tmp_path / "joined.pcapng"
        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")]) as serving:
            run = Run[Any].prepare(
                "connect", ("tcp://127.0.0.1:0#listen", str(serving.endpoint)), {"record": str(path)}
            )
            async for one in run:
                if isinstance(one, ServingRecord):
                    found = await record(None, "send", f"{one.endpoint}#reply=some", HELLO)
                    assert found.body == HELLO.encode()
        whole = await said(path)
        assert sorted(whole) == sorted([("client", HELLO.encode())] * 2 + [("server", HELLO.encode())] * 2)


class TestOrder:
    async def test_who_ends_first_is_told(self, tmp_path: Path) -> None:
        """A half-close stands where it was, not at the end."""

        async def hear(link: Stream) -> None:
            async for _ in link:
                pass
            await link.write(b"after your end")

        path = tmp_path / "x.pcapng"
        recording = Recording(path)
        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(hear)], recording=recording) as serving:
            reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
            writer.write(b"all")
            writer.write_eof()
            assert await reader.read() == b"after your end"
            writer.close()
        recording.close()
        told = [(frame.data[33] & 1, frame.data[40:]) for frame in open_capture(path).frames() if frame.direction]
        ends = [at for at, (fin, _) in enumerate(told) if fin]
        answer = next(at for at, (_, data) in enumerate(told) if data == b"after your end")
        assert ends[0] < answer < ends[1]

    async def test_faults_stand_below(self, tmp_path: Path) -> None:
        """A recording is the host's: of what comes it has what faults left, of what goes what was said."""
        path = tmp_path / "x.pcapng"
        recording = Recording(path)
        target = Endpoint.parse("udp://127.0.0.1:0#fault=duplicate:to=server")
        async with Serving([target], recording=recording) as serving:
            await record(None, "send", f"{serving.endpoint}#reply=some", HELLO)
        recording.close()
        heard = [data for sender, data in await said(path) if sender == "client"]
        assert heard == [HELLO.encode()] * 2
