"""Attempts: what they measure, how each ends, what is said about it; on a virtual clock where time matters."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netloom import registry
from netloom.contents.handler import Handler
from netloom.emitting import QUEUE
from netloom.endpoint import Endpoint
from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    LocalProtocolError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Status,
    Unauthenticated,
    Unsupported,
    UsageError,
)
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.records import Note, Record, ReplyRecord
from netloom.serving import Serving
from netloom.shapes import Operation, Reply
from netloom.sinks import MemorySink
from netloom.toolbox import Toolbox, records_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.attempts import Attempt

STARTED = 1_700_000_000.0


async def nowhere(record: Record) -> None:
    """Whoever looks, looks at the attempt."""


def tools(network: MemoryNetwork, **more: Any) -> Toolbox:
    return Toolbox(nowhere, network=network, now=lambda: STARTED, **more)


@contextlib.asynccontextmanager
async def served(network: MemoryNetwork, answer: Callable[[Any], Any] | None = None) -> AsyncIterator[Endpoint]:
    """A tcp server in memory: an echo, unless told otherwise."""
    contents = [Handler(answer)] if answer is not None else []
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], contents, network=network) as serving:
        yield serving.endpoint


async def silence(link: Any) -> None:
    """Takes everything and says nothing."""
    while await link.read():
        pass


def now() -> float:
    return asyncio.get_running_loop().time()


class TestOutcome:
    def test_a_success(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.resolve_delay, network.connect_delay = 0.5, 2.0
            toolbox = tools(network)
            async with served(network) as place:
                target = place.replace(host="localhost").with_options([("family", "4")])
                attempt = toolbox.attempt(target, 10.0)
                assert toolbox.underway == 0
                async with attempt:
                    assert toolbox.underway == 1
                    await attempt.client.open()
                assert toolbox.underway == 0
            outcome = attempt.outcome()
            assert outcome["endpoint"] == f"tcp://localhost:{place.port}"
            assert (outcome["protocol"], outcome["status"], outcome["phase"]) == ("tcp", Status.SUCCESS, None)
            assert (outcome["message"], outcome["hint"], outcome["tls"]) == ("", "", None)
            assert outcome["started_at"] == STARTED
            assert outcome["duration"] == pytest.approx(2.5)
            assert outcome["phases"]["resolve"] == pytest.approx(0.5)
            assert outcome["phases"]["connect"] == pytest.approx(2.0)
            assert sum(outcome["phases"].values()) == pytest.approx(outcome["duration"])
            assert [address.fate for address in outcome["addresses"]] == [Status.SUCCESS]
            assert outcome["address"].startswith("127.0.0.1")

        run(main())

    def test_a_reply(self) -> None:
        async def main() -> ReplyRecord:
            network = MemoryNetwork()
            async with served(network) as place:
                attempt, sink = tools(network).attempt(place, 10.0), MemorySink()
                async with attempt:
                    await attempt.reply(Reply({"code": 7}, body=b"abc", value=[1], exit_status=3), sink)
                return attempt.reply_record(sink)

        record = run(main())
        assert (record.meta, record.body, record.size) == ({"code": 7}, b"abc", 3)
        assert (record.value, record.exit_status, record.saved_to) == ([1], 3, "")

    def test_no_reply(self) -> None:
        async def main() -> ReplyRecord:
            network = MemoryNetwork()
            async with served(network) as place:
                attempt, sink = tools(network).attempt(place, 10.0), MemorySink()
                async with attempt:
                    await attempt.reply(None, sink)
                return attempt.reply_record(sink)

        record = run(main())
        assert (record.status, record.body, record.meta) == (Status.SUCCESS, None, {})

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (PeerRefused("no", code=550), "refused_by_peer"),
            (Unauthenticated("who?"), "unauthenticated"),
            (RemoteProtocolError("gibberish", rule="RFC 1 §2"), "protocol_error"),
            (LocalProtocolError("that can't be said"), "invalid_input"),
            (ConnectionLost("gone"), "closed"),
            (DeadlineExceeded("idle"), "timeout"),
            (Unsupported("no such verb"), "unsupported"),
        ],
        ids=str,
    )
    def test_an_error_becomes_the_outcome(self, error: Exception, status: str) -> None:
        async def main() -> Attempt:
            network = MemoryNetwork()
            async with served(network) as place:
                attempt = tools(network).attempt(place, 10.0)
                async with attempt:
                    link = await attempt.client.open()
                    link.enter(Phase.AUTH)
                    raise error
            return attempt

        attempt = run(main())
        outcome = attempt.outcome()
        assert (outcome["status"], outcome["phase"]) == (status, Phase.AUTH)
        assert outcome["message"] == str(error)
        assert attempt.error is error

    @pytest.mark.parametrize("error", [UsageError("yours"), ValueError("ours")])
    def test_what_isnt_the_peers_passes(self, error: Exception) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network) as place:
                toolbox = tools(network)
                with pytest.raises(type(error), match=str(error)):
                    async with toolbox.attempt(place, 10.0):
                        raise error
                assert toolbox.underway == 0

        run(main())


class TestTime:
    def silent(self, work: Callable[[Attempt], Any], deadline: float | None, options: str = "") -> tuple[Any, float]:
        """How an attempt at a server that says nothing ended, and when."""

        async def main() -> tuple[Any, float]:
            network = MemoryNetwork()
            async with served(network, silence) as place:
                target = Endpoint.parse(f"{place}#{options}")
                attempt = tools(network).attempt(target, deadline)
                async with attempt:
                    await work(attempt)
                took = now()
            return attempt.outcome(), took

        return run(main())

    def test_the_deadline_names_what_was_waited_for(self) -> None:
        async def work(attempt: Attempt) -> None:
            link = await attempt.client.open()
            link.enter(Phase.GREETING)
            await link.read()

        outcome, took = self.silent(work, 7.0)
        assert took == pytest.approx(7.0, abs=0.002)
        assert (outcome["status"], outcome["phase"]) == (Status.TIMEOUT, Phase.GREETING)
        assert outcome["message"].startswith("no answer within 7 s: ")

    def test_nobody_accepts(self) -> None:
        async def main() -> dict[str, Any]:
            network = MemoryNetwork()
            network.silent.add(("127.0.0.1", 9))
            attempt = tools(network).attempt(Endpoint.parse("tcp://127.0.0.1:9"), 3.0)
            async with attempt:
                await attempt.client.open()
            assert now() == pytest.approx(3.0, abs=0.002)
            return attempt.outcome()

        outcome = run(main())
        assert (outcome["status"], outcome["phase"]) == (Status.TIMEOUT, Phase.CONNECT)
        assert "firewall" in outcome["hint"]

    def test_but_not_be_silent_for_ever(self) -> None:
        async def work(attempt: Attempt) -> None:
            link = await attempt.client.open()
            attempt.answered()
            await link.read()

        outcome, took = self.silent(work, 7.0)
        assert outcome["status"] is Status.TIMEOUT
        assert 30.0 <= took <= 60.0
        assert self.silent(work, 7.0, "idle=2")[1] < 5.0

    def test_what_stands_may_be_silent_unless_it_is_said(self) -> None:
        async def work(attempt: Attempt) -> None:
            link = await attempt.client.open()
            attempt.stands()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(59.0):
                    await link.read()

        outcome, took = self.silent(work, 7.0)
        assert outcome["status"] is Status.SUCCESS
        assert took == pytest.approx(59.0, abs=0.1)
        outcome, took = self.silent(work, 7.0, "idle=20")
        assert outcome["status"] is Status.TIMEOUT
        assert took < 59.0

    def test_a_failing_goodbye_doesnt_matter(self) -> None:
        async def work(attempt: Attempt) -> None:
            async def fail() -> None:
                raise ConnectionLost("gone before")

            attempt.client.close = fail

        assert self.silent(work, 7.0)[0]["status"] is Status.SUCCESS

    def test_no_goodbye_after_a_failure(self) -> None:
        said: list[str] = []

        async def work(attempt: Attempt) -> None:
            async def close() -> None:
                said.append("goodbye")

            attempt.client.close = close
            raise ConnectionLost("gone")

        assert self.silent(work, 7.0)[0]["status"] is Status.CLOSED
        assert said == []

    def test_cancelling_passes_and_lets_go(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network, silence) as place:
                toolbox = tools(network)

                async def work() -> None:
                    async with toolbox.attempt(place, 7.0) as attempt:
                        link = await attempt.client.open()
                        await link.read()

                task = asyncio.ensure_future(work())
                await asyncio.sleep(1)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert toolbox.underway == 0
                assert now() == 1.0

        run(main())

    def test_cancelling_during_the_goodbye_passes(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network, silence) as place:

                async def work() -> None:
                    async with tools(network).attempt(place, 7.0) as attempt:

                        async def forever() -> None:
                            await asyncio.get_running_loop().create_future()

                        attempt.client.close = forever

                task = asyncio.ensure_future(work())
                await asyncio.sleep(1)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        run(main())


def seen_by(target: str, answer: Callable[[Any], Any]) -> Any:
    """What a probe says about a server that isn't what its scheme says."""

    async def main() -> Any:
        network = MemoryNetwork()
        async with served(network, answer) as place:
            found = [r async for r in tools(network).call("probe", targets=f"{target}://{place.authority}", deadline=5)]
        (record,) = found
        return record, place.authority

    return run(main())


class TestHints:
    @pytest.mark.parametrize(
        ("scheme", "banner", "hint"),
        [
            ("smtp", b"SSH-2.0-OpenSSH_9.2\r\n", "that is ssh: try ssh://"),
            ("http", b"220 mx.example.org ESMTP\r\n", "that is smtp: try smtp://"),
            ("http", b"SSH-2.0-OpenSSH_9.2\r\n", "that is ssh: try ssh://"),
            ("smtp", b"HTTP/1.1 400 Bad Request\r\n\r\n", "that is http: try http://"),
        ],
    )
    def test_what_it_is_instead(self, scheme: str, banner: bytes, hint: str) -> None:
        async def speak(link: Any) -> None:
            await link.write(banner)
            await link.read()

        record, authority = seen_by(scheme, speak)
        assert record.status is Status.PROTOCOL_ERROR, record
        assert record.hint == hint + authority

    def test_gibberish(self) -> None:
        async def speak(link: Any) -> None:
            await link.write(b"\x00\x01\x02gibberish\r\n")
            await link.read()

        record, _ = seen_by("smtp", speak)
        assert (record.status, record.hint) == (Status.PROTOCOL_ERROR, "is that the right protocol for this port?")

    def test_silence_may_be_tls(self) -> None:
        record, authority = seen_by("http", silence)
        assert record.status is Status.TIMEOUT
        assert record.hint == f"it is connected and says nothing: behind TLS? Try https://{authority}"

    def test_silence_to_tls(self) -> None:
        record, _ = seen_by("https", silence)
        assert (record.status, record.phase) == (Status.TIMEOUT, Phase.TLS)
        assert "does it speak TLS on this port?" in record.hint

    def test_an_early_end(self) -> None:
        async def leave(link: Any) -> None:
            """Closes at once."""

        record, _ = seen_by("smtp", leave)
        assert (record.status, record.hint) == (Status.CLOSED, "the server ended the connection: its log may say why")

    def test_nothing_listens(self) -> None:
        async def main() -> Any:
            return [r async for r in tools(MemoryNetwork()).call("probe", targets="tcp://127.0.0.1:9")]

        (record,) = run(main())
        assert (record.status, record.phase) == (Status.REFUSED, Phase.CONNECT)
        assert record.hint == "is the server running, and is 9 its port?"

    def test_an_errors_own_hint_comes_first(self) -> None:
        async def main() -> Any:
            network = MemoryNetwork()
            async with served(network) as place, tools(network).attempt(place, 1.0) as attempt:
                raise RemoteProtocolError("x", hint="its own", seen=b"SSH-2.0-x\r\n")
            return attempt.outcome()["hint"]

        assert run(main()) == "its own"


def operation(work: Callable[[Toolbox], Any]) -> Operation:
    """An operation that isn't in the folder."""

    async def do(request: Any, toolbox: Toolbox) -> None:
        await work(toolbox)

    return msgspec.structs.replace(registry.operation("explain"), name="own", run=do)


def reading(work: Callable[[Toolbox], Any]) -> Any:
    return records_of(operation(work), msgspec.defstruct("Nothing", [])(), {})


class TestRecords:
    async def test_in_order_and_then_the_end(self) -> None:
        async def work(toolbox: Toolbox) -> None:
            for number in range(1000):
                await toolbox.emit(Note(title=str(number)))

        assert [record.title async for record in reading(work)] == [str(number) for number in range(1000)]

    async def test_a_slow_reader_holds_the_operation_back(self) -> None:
        emitted = 0

        async def work(toolbox: Toolbox) -> None:
            nonlocal emitted
            while True:
                await toolbox.emit(Note(title="x"))
                emitted += 1

        records = reading(work)
        await anext(records)
        for _ in range(3):
            await asyncio.sleep(0)
        assert emitted <= QUEUE + 1
        await records.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_who_stops_reading_ends_it_and_waits_until_it_is_over(self) -> None:
        steps: list[str] = []

        async def work(toolbox: Toolbox) -> None:
            try:
                await toolbox.emit(Note(title="x"))
                await asyncio.get_running_loop().create_future()
            finally:
                await asyncio.sleep(0)
                steps.append("over")

        async with contextlib.aclosing(reading(work)) as records:
            await anext(records)
            assert steps == []
        assert steps == ["over"]

    async def test_an_error_comes_after_what_was_emitted(self) -> None:
        async def work(toolbox: Toolbox) -> None:
            await toolbox.emit(Note(title="before"))
            raise UsageError("then")

        records = reading(work)
        assert (await anext(records)).title == "before"
        with pytest.raises(UsageError, match="then"):
            await anext(records)
