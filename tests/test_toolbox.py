"""The toolbox: attempts and their outcomes, hints, recordings, calls of other operations."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.attempts import IDLE, counted
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import (
    ConnectionLost,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Status,
    Unsupported,
    UsageError,
)
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.registry import protocol
from netloom.serving import Serving
from netloom.shapes import Facts, Reply
from netloom.sinks import MemorySink
from netloom.toolbox import Toolbox, fields_of
from tests.worlds import elapsed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream

WHERE = "tcp://127.0.0.1:4242"


def tools(network: MemoryNetwork | None = None, **fields: Any) -> Toolbox:
    return Toolbox(_nobody, network=network or MemoryNetwork(), now=lambda: 1000.0, **fields)


async def _nobody(record: object) -> None:
    """Nobody reads."""


class TestAttempt:
    def test_a_success(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.resolve_delay, network.connect_delay = 1.0, 2.0
            async with Serving([Endpoint.parse(WHERE)], network=network):
                attempt = tools(network).attempt(Endpoint.parse("tcp://ann:secret@localhost:4242"), 10)
                async with attempt:
                    stream = await attempt.client.open()
                    stream.enter(Phase.REQUEST)
                    await asyncio.sleep(3)
                outcome = attempt.outcome()
            assert outcome["status"] is Status.SUCCESS
            assert outcome["phase"] is None
            assert outcome["endpoint"] == "tcp://ann@localhost:4242"
            assert outcome["started_at"] == 1000.0
            assert outcome["duration"] == 6.0
            assert outcome["phases"] == {"resolve": 1.0, "connect": 2.0, "request": 3.0}
            assert outcome["address"] == "127.0.0.1:4242"
            assert stream.transport.is_closing()

        run(main())

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (PeerRefused("no", code=5), Status.REFUSED_BY_PEER),
            (RemoteProtocolError("odd"), Status.PROTOCOL_ERROR),
            (ConnectionLost("gone"), Status.CLOSED),
        ],
    )
    def test_a_failure_becomes_the_outcome(self, error: Any, status: Status) -> None:
        async def main() -> None:
            attempt = tools().attempt(Endpoint.parse(WHERE), 10)
            async with attempt:
                attempt.trace.enter(Phase.AUTH)
                raise error
            outcome = attempt.outcome()
            assert (outcome["status"], outcome["phase"], outcome["message"]) == (status, Phase.AUTH, error.message)

        run(main())

    def test_bugs_and_the_callers_mistakes_pass_through(self) -> None:
        async def main() -> None:
            for kind in (ZeroDivisionError, UsageError, TimeoutError):
                attempt = tools().attempt(Endpoint.parse(WHERE), 10)
                with pytest.raises(kind):
                    async with attempt:
                        raise kind("x")

        run(main())

    def test_the_deadline(self) -> None:
        async def main() -> None:
            attempt = tools().attempt(Endpoint.parse(WHERE), 4)
            async with attempt:
                attempt.trace.enter(Phase.CONNECT)
                await asyncio.sleep(1)
                attempt.trace.enter(Phase.GREETING)
                await asyncio.sleep(100)
            outcome = attempt.outcome()
            assert elapsed() == pytest.approx(4)
            assert (outcome["status"], outcome["phase"]) == (Status.TIMEOUT, Phase.GREETING)
            assert "no answer within 4 s" in outcome["message"]
            assert "connected in 1000 ms" in outcome["message"]
            assert outcome["duration"] == pytest.approx(4)

        run(main())

    def test_once_answered_only_silence_is_bounded(self) -> None:
        async def drip(link: Stream) -> None:
            for _ in range(4):
                await link.write(b"x")
                await asyncio.sleep(IDLE - 1)
            await asyncio.sleep(1000)

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(WHERE)], [Handler(drip)], network=network):
                attempt = tools(network).attempt(Endpoint.parse(WHERE), 4)
                sink = MemorySink()
                async with attempt:
                    stream = await attempt.client.open()
                    await attempt.reply(Reply(body=stream.chunks()), sink)
                assert elapsed() == pytest.approx(3 * (IDLE - 1) + IDLE)
                assert attempt.reply_record(sink).status is Status.TIMEOUT
                assert sink.size == 4

        run(main())

    def test_once_it_stands_there_is_no_bound(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(f"{WHERE}#idle=86400")], network=network):
                attempt = tools(network).attempt(Endpoint.parse(WHERE), 4)
                async with attempt:
                    stream = await attempt.client.open()
                    attempt.stands()
                    await asyncio.sleep(3600)
                    await stream.write(b"x")
                    assert await stream.read() == b"x"
                assert attempt.error is None

        run(main())

    def test_a_goodbye_that_nobody_hears_ends_too(self) -> None:
        class Polite:
            Options = protocol("tcp")

            async def close(self) -> None:
                await asyncio.sleep(1000)

        async def main() -> None:
            for lifted in (False, True):
                before = elapsed()
                attempt = tools().attempt(Endpoint.parse(WHERE), 4)
                attempt.client = Polite()
                async with attempt:
                    if lifted:
                        attempt.answered()
                assert elapsed() - before == pytest.approx(2 if lifted else 4)
                assert attempt.outcome()["status"] is Status.SUCCESS

        run(main())

    def test_somebody_elses_cancellation_is_no_outcome(self) -> None:
        async def main() -> None:
            attempt = tools().attempt(Endpoint.parse(WHERE), 4)

            async def work() -> None:
                async with attempt:
                    await asyncio.sleep(1000)

            task = asyncio.ensure_future(work())
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()

        run(main())

    def test_a_deadline_within_somebody_elses(self) -> None:
        async def main() -> None:
            async def work() -> None:
                async with tools().attempt(Endpoint.parse(WHERE), 4):
                    await asyncio.sleep(1000)

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(work(), 2)
            assert elapsed() == 2

        run(main())


class TestCheck:
    def test_a_missing_verb(self) -> None:
        with pytest.raises(Unsupported, match="tcp has no get") as caught:
            tools().check(Endpoint.parse(WHERE), "get")
        assert "tcp can send" in caught.value.hint
        with pytest.raises(Unsupported, match="ntp has no send"):
            tools().check(Endpoint.parse("ntp://h"), "send")

    def test_options_are_checked(self) -> None:
        with pytest.raises(UsageError, match="no option"):
            tools().check(Endpoint.parse(f"{WHERE}#nosuch"))
        tools().check(Endpoint.parse(f"{WHERE}#ttl=3,reply=line"), "send")


class TestCall:
    def test_another_operations_records(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(WHERE)], network=network):
                toolbox = tools(network)
                found: list[Any] = [one async for one in toolbox.call("probe", targets=[WHERE, WHERE])]
                assert [one.status for one in found] == [Status.SUCCESS] * 2
                with pytest.raises(UsageError):
                    await anext(toolbox.call("probe", targetz=[]))
            assert len(asyncio.all_tasks()) == 1

        run(main())


def test_facts_as_plain_values() -> None:
    class Learnt(Facts, kw_only=True):
        a: int | None = None
        b: str = ""

    assert fields_of(Learnt(summary="s", a=1)) == {"a": 1}
    assert fields_of(Learnt()) == {}


def test_the_dialogue_is_told_in_words() -> None:
    said: list[str] = []

    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(WHERE)], network=network):
            attempt = tools(network, dialogue=lambda *words: said.append(" | ".join(words))).attempt(
                Endpoint.parse(WHERE), 10
            )
            async with attempt:
                stream = await attempt.client.open()
                await stream.write(b"hello\n")
                await stream.read()

    run(main())
    assert said == [f"{WHERE} | > 6 bytes: hello\\n", f"{WHERE} | < 6 bytes: hello\\n"]


async def test_recordings_are_shared_and_closed(tmp_path: Any) -> None:
    toolbox = tools()
    first = toolbox.recording(str(tmp_path / "a"))
    assert toolbox.recording(str(tmp_path / "a")) is first
    assert toolbox.recording(str(tmp_path / "b")) is not first
    toolbox.close()
    toolbox.close()
    with pytest.raises(UsageError):
        tools().recording(str(tmp_path / "nowhere" / "x"))


async def test_only_what_nothing_came_into_is_forgotten(tmp_path: Any) -> None:
    toolbox = tools()
    toolbox.recording(str(tmp_path / "none"))
    toolbox.recording(str(tmp_path / "some")).open_conversation("udp", ("127.0.0.1", 1), ("127.0.0.1", 2))
    toolbox.forget()
    toolbox.close()
    assert [place.name for place in tmp_path.iterdir()] == ["some"]
    again = tools()
    again.recording(str(tmp_path / "none"))
    again.close()
    assert (tmp_path / "none").exists()


async def test_what_went_wrong_with_a_recording_is_raised_in_the_end(tmp_path: Any) -> None:
    toolbox = tools()
    toolbox.recording(str(tmp_path / "a")).failure = UsageError("the disk is full")
    toolbox.recording(str(tmp_path / "b"))
    with pytest.raises(UsageError, match="disk is full"):
        toolbox.close()


class TestWhatIsSaid:
    """Words that a specialist reads: what came to pass, and what to try."""

    @pytest.mark.parametrize(
        ("phase", "spent", "words"),
        [
            (Phase.RESOLVE, {}, "no address within 5 s: silence"),
            (Phase.CONNECT, {Phase.RESOLVE: 0.0}, "no connection within 5 s: silence"),
            (Phase.CONNECT, {Phase.RESOLVE: 0.02}, "no connection within 5 s: resolved in 20 ms, then silence"),
            (
                Phase.FIRST_BYTE,
                {Phase.RESOLVE: 0.0, Phase.CONNECT: 0.002, Phase.TLS: 0.01, Phase.REQUEST: 0.0},
                "no answer within 5 s: connected in 2 ms, secured in 10 ms, asked, then silence",
            ),
            (Phase.TRANSFER, {Phase.CONNECT: 0.0}, "no whole answer within 5 s: connected, begun, but not finished"),
        ],
    )
    def test_when_the_time_runs_out(self, phase: Phase, spent: dict[Phase, float], words: str) -> None:
        async def main() -> str:
            attempt = tools(MemoryNetwork()).attempt(Endpoint.parse(WHERE), 5.0)
            async with attempt:
                for name, seconds in spent.items():
                    attempt.trace.enter(name)
                    await asyncio.sleep(seconds)
                attempt.trace.enter(phase)
                await asyncio.sleep(60)
            message: str = attempt.outcome()["message"]
            return message

        assert run(main()) == words


@pytest.mark.parametrize(
    ("target", "module"),
    [
        ("tls://h:1", "netloom.links.tls"),
        ("https://h", "netloom.links.http.h2_client"),
        ("http://h", "netloom.links.http.h1_client"),
        ("smtp://h", "netloom.links.tls"),
    ],
)
def test_what_the_way_takes_is_loaded_before_the_clock_runs(target: str, module: str) -> None:
    code = (
        "import sys; from netloom.endpoint import Endpoint; from netloom.toolbox import Toolbox;"
        f"assert {module!r} not in sys.modules; Toolbox(None).check(Endpoint.parse({target!r}));"
        f"assert {module!r} in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


async def test_chunks_are_counted_as_they_pass() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"c"

    seen: list[tuple[str, int, int | None]] = []
    passed = [chunk async for chunk in counted(chunks(), lambda *far: seen.append(far), 5, 8)]
    assert passed == [b"ab", b"c"]
    assert seen == [("bytes", 7, 8), ("bytes", 8, 8)]
