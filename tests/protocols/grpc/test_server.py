from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom import contents
from netloom.contents.service import Call, Refused, Service
from netloom.errors import PeerRefused
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from netloom.wire.grpc import coding, schema
from netloom.wire.grpc.framing import Frame
from tests.protocols.grpc.stage import CHAT, ECHO, GRPC, Stage, framed, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A = b"\x0a\x01a"
"""A Thread whose text is a."""


def fields(*more: tuple[str, str]) -> Any:
    return (*GRPC, *more)


class TestHead:
    """What is no call is told so in HTTP's words, as the specification has it."""

    @pytest.mark.parametrize(
        "kind", ["", "text/plain", "application/grpc-web", "application/grpcx", "application/json"]
    )
    async def test_another_kind(self, kind: str) -> None:
        async with serving() as stage:
            answered = await stage.ask(ECHO, framed(A), (("content-type", kind),) if kind else ())
            assert answered.response.status == 415
        assert [(record.target, record.status) for record in stage.records] == [(ECHO, "415")]

    @pytest.mark.parametrize("kind", ["application/grpc", "application/grpc+proto", "application/grpc;x=y"])
    async def test_its_kinds(self, kind: str) -> None:
        async with serving() as stage:
            assert (await stage.ask(ECHO, framed(A), (("content-type", kind),))).status == "0"

    async def test_another_method(self) -> None:
        async with serving() as stage:
            answered = await stage.ask(ECHO, framed(A), method="PUT")
            assert answered.response.status == 405
            assert ("allow", "POST") in answered.response.headers

    async def test_http_1(self) -> None:
        async with serving() as stage:
            endpoint = stage.serving.endpoint
            stream = await stage.attempt().dial.tcp(endpoint.host, endpoint.port or 0)
            await stream.write(b"POST /a/b HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n\r\n")
            assert (await stream.read_line()).startswith(b"HTTP/1.1 505 ")
            stream.abort()

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/netloom.Loom/Nothing", "no method here"),
            ("/no.Such/Echo", "no service here"),
            ("/", "no service here"),
            ("/netloom.Loom", "no method here"),
            ("/netloom.Loom/Echo/", "no method here"),
            ("/netloom.Loom/Echo?x", "no method here"),
        ],
    )
    async def test_what_isnt_there(self, path: str, words: str) -> None:
        async with serving() as stage:
            answered = await stage.ask(path, framed(A))
            assert answered.status == "12"
            assert words in answered.words
            assert answered.response.status == 200

    async def test_metadata_that_is_too_large(self) -> None:
        async with serving(max_metadata="500") as stage:
            assert (await stage.ask(ECHO, framed(A), fields(("x", "y" * 300)))).status == "0"
            assert (await stage.ask(ECHO, framed(A), fields(("x", "y" * 500)))).status == "8"

    async def test_metadata_that_isnt_base64(self) -> None:
        async with serving() as stage:
            assert (await stage.ask(ECHO, framed(A), fields(("x-bin", "*")))).status == "13"

    @pytest.mark.parametrize("text", ["1", "1s", "-1S", "123456789S", ""])
    async def test_a_timeout_that_is_none(self, text: str) -> None:
        async with serving() as stage:
            assert (await stage.ask(ECHO, framed(A), fields(("grpc-timeout", text)))).status == "13"

    async def test_an_encoding_that_isnt_known(self) -> None:
        async with serving() as stage:
            answered = await stage.ask(ECHO, framed(A), fields(("grpc-encoding", "snappy")))
            assert answered.status == "12"
            assert ("grpc-accept-encoding", coding.ACCEPTED) in answered.response.headers


class TestRefusals:
    @pytest.mark.parametrize(
        ("error", "code", "words"),
        [
            (Refused("ABORTED", "nö %\n"), "10", "n%C3%B6 %25%0A"),
            (contents.NotFound("a"), "5", "a"),
            (contents.Forbidden("a"), "7", "a"),
            (contents.Exists("a"), "6", "a"),
            (contents.Invalid("a"), "3", "a"),
            (contents.TooLarge("a"), "8", "a"),
            (contents.OutOfRange("a"), "11", "a"),
            (ValueError("secret"), "13", "the service failed"),
            (TimeoutError("secret"), "13", "the service failed"),
        ],
    )
    async def test_what_a_function_raises(self, error: Exception, code: str, words: str) -> None:
        async def echo(request: Any) -> Any:
            raise error

        async def chat(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
            async for request in requests:
                yield request
                raise error

        async with serving({"Echo": echo, "Chat": chat}) as stage:
            for path, frames in ((ECHO, []), (CHAT, [Frame(A)])):
                answered = await stage.ask(path, framed(A, A) if path == CHAT else framed(A))
                assert (answered.status, answered.words) == (code, words)
                assert answered.frames == frames

    async def test_a_reply_that_doesnt_fit(self) -> None:
        async def echo(request: Any) -> Any:
            return {"no": 1}

        async with serving({"Echo": echo}) as stage:
            assert (await stage.ask(ECHO, framed(A))).status == "13"

    async def test_metadata_both_ways(self) -> None:
        async def echo(request: Any, call: Call) -> Any:
            call.headers += [("x-first", "1"), ("x-first-bin", b"\0\xff")]
            call.trailers += call.metadata
            if request.text:
                raise Refused("ABORTED")
            return request

        async with serving({"Echo": echo}) as stage:
            answered = await stage.ask(ECHO, framed(b""), fields(("x", "y"), ("z-bin", "AA==")))
            assert {("x-first", "1"), ("x-first-bin", "AP8")} <= set(answered.response.headers)
            assert answered.said == (("grpc-status", "0"), ("x", "y"), ("z-bin", "AA"))
            answered = await stage.ask(ECHO, framed(A), fields(("x", "y")))  # one head is both
            assert {("x-first", "1"), ("grpc-status", "10"), ("x", "y")} <= set(answered.said)

    async def test_metadata_that_cant_be_sent(self) -> None:
        async def echo(request: Any, call: Call) -> Any:
            call.trailers.append(("x", "a\r\nb"))
            return request

        async with serving({"Echo": echo}) as stage:
            answered = await stage.ask(ECHO, framed(A))
            assert answered.status == "13"

    async def test_long_words(self) -> None:
        async def echo(request: Any) -> Any:
            raise Refused("ABORTED", "x" * 1_000_000)

        async with serving({"Echo": echo}) as stage:
            assert len((await stage.ask(ECHO, framed(A))).words) == 2000


class Endless:
    """A function that waits for ever, and tells how that ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    async def wait(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    async def Echo(self, request: Any) -> Any:  # noqa: N802  # the methods' names
        await self.wait()

    async def Chat(self, requests: Any) -> AsyncIterator[Any]:  # noqa: N802
        async for request in requests:
            yield request
            await self.wait()


async def begin(stage: Stage, path: str, endless: Endless, *more: tuple[str, str]) -> Any:
    """A call that has begun: the connection, and the task that waits for the answer."""
    connection = await stage.connection()
    request = Request(method="POST", target=path, headers=fields(*more), authority="a")
    asking = asyncio.ensure_future(connection.request(request, framed(A)))
    await endless.begun.wait()
    return connection, asking


class TestTime:
    def test_a_deadline(self) -> None:
        async def main() -> None:
            endless = Endless()
            async with serving(Service(endless, descriptors())) as stage:
                for path in (ECHO, CHAT):
                    began = asyncio.get_running_loop().time()
                    answered = await stage.ask(path, framed(A), fields(("grpc-timeout", "250m")))
                    assert answered.status == "4"
                    assert asyncio.get_running_loop().time() - began == pytest.approx(0.25)
                    assert endless.ended.is_set()
            assert [record.status for record in stage.records] == ["DEADLINE_EXCEEDED"] * 2

        run(main())

    async def test_a_timeout_that_is_the_functions_own(self) -> None:
        async def echo(request: Any) -> Any:
            raise TimeoutError

        async with serving({"Echo": echo}) as stage:
            assert (await stage.ask(ECHO, framed(A), fields(("grpc-timeout", "1H")))).status == "13"

    @pytest.mark.parametrize("path", [ECHO, CHAT])
    async def test_a_client_that_gives_up(self, path: str, caplog: pytest.LogCaptureFixture) -> None:
        endless = Endless()
        async with serving(Service(endless, descriptors())) as stage:
            connection, asking = await begin(stage, path, endless)
            if path == CHAT:
                await (await asking).close()
            else:
                asking.cancel()
            await endless.ended.wait()
            request = Request(method="POST", target=f"/{schema.HEALTH}/Check", headers=GRPC, authority="a")
            answer = await connection.request(request, framed(b""))
            assert await answer.read(100)
            await connection.close()
        assert [record.status for record in stage.records] == ["CANCELLED", "OK"]
        assert not caplog.records

    async def test_a_client_that_goes(self) -> None:
        endless = Endless()
        async with serving(Service(endless, descriptors())) as stage:
            connection, asking = await begin(stage, ECHO, endless)
            connection._wire.stream.abort()
            await endless.ended.wait()
            await asyncio.wait({asking})
            assert asking.exception() is not None
        assert [record.status for record in stage.records] == ["CANCELLED"]

    def test_a_body_that_crawls(self) -> None:
        """A call of one message has no leisure; a stream has."""

        async def slowly() -> AsyncIterator[bytes]:
            for octet in framed(A):
                await asyncio.sleep(50)
                yield bytes([octet])

        async def main() -> None:
            async with serving() as stage:
                assert (await stage.ask(CHAT, slowly())).frames == [Frame(A)]
                answered = await stage.ask(ECHO, slowly())
                assert answered.status == "4"

        run(main())


class TestStopping:
    def test_a_call_is_finished(self) -> None:
        async def echo(request: Any) -> Any:
            await asyncio.sleep(3)
            return request

        async def main() -> None:
            async with serving({"Echo": echo}) as stage:
                asking = asyncio.ensure_future(stage.ask(ECHO, framed(A)))
                await asyncio.sleep(1)
                await stage.serving.stop(5.0)
                assert (await asking).frames == [Frame(A)]

        run(main())

    def test_a_call_that_takes_too_long(self) -> None:
        async def main() -> None:
            endless = Endless()
            async with serving(Service(endless, descriptors())) as stage:
                asking = asyncio.ensure_future(stage.ask(ECHO, framed(A)))
                await endless.begun.wait()
                await stage.serving.stop(5.0)
                answered = await asking
                assert (answered.status, answered.words) == ("14", "the server stops")
            assert stage.records[-1].status == "UNAVAILABLE"

        run(main())

    @pytest.mark.parametrize("path", [CHAT, f"/{schema.HEALTH}/Watch"])
    def test_who_only_waits_isnt_waited_for(self, path: str) -> None:
        async def silence() -> AsyncIterator[bytes]:
            yield framed(b"")
            await asyncio.sleep(1000)

        async def main() -> None:
            async with serving() as stage:
                body = framed(b"") if path != CHAT else silence()
                asking = asyncio.ensure_future(stage.ask(path, body))
                await asyncio.sleep(1)
                began = asyncio.get_running_loop().time()
                await stage.serving.stop(60.0)
                assert asyncio.get_running_loop().time() - began < 1
                assert (await asking).status == "14"
            assert not stage.service.health._watching

        run(main())


def descriptors() -> Any:
    from netloom.contents.service import loom

    return loom.catalogue()


async def test_calls_at_once() -> None:
    at_once = most = 0

    async def echo(request: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        return request

    async with serving({"Echo": echo}, max_streams="3") as stage:
        connection = await stage.connection()
        request = Request(method="POST", target=ECHO, headers=GRPC, authority="a")
        await (await connection.request(request, framed(A))).read(100)

        async def one() -> bytes:
            return await (await connection.request(request, framed(A))).read(100)

        assert await asyncio.gather(*[one() for _ in range(20)]) == [framed(A)] * 20
        await connection.close()
    assert most == 3


async def test_health_as_others_ask_for_it() -> None:
    async with serving() as stage:
        stage.service.health.set("netloom.Loom", "NOT_SERVING")
        reply = await stage.run('grpc.health.v1.Health/Check {"service": "netloom.Loom"}')
        assert reply.value == {"status": "NOT_SERVING"}
        with pytest.raises(PeerRefused) as refused:
            await stage.run('grpc.health.v1.Health/Check {"service": "no.Such"}')
        assert refused.value.code == "NOT_FOUND"
