from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from netloom.contents import TooLarge
from netloom.contents.app.wsgi import WsgiAdapter, WsgiLimits, _Bridge, environ_of, wsgi_to_asgi
from netloom.errors import ConnectionLost, LocalProtocolError

Environ = dict[str, Any]
Start = Callable[..., Any]


class Peer:
    """The other side of one ASGI request."""

    def __init__(self, *body: bytes | None, **scope: Any) -> None:
        self.events: list[dict[str, Any]] = [
            {"type": "http.disconnect"}
            if data is None
            else {"type": "http.request", "body": data, "more_body": position + 1 < len(body)}
            for position, data in enumerate(body)
        ]
        self.received = 0
        self.sent: list[Any] = []
        headers = scope.pop("headers", [])
        if body:
            headers = [*headers, (b"content-length", b"%d" % sum(len(data or b"") for data in body))]
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "headers": headers,
            "server": ("127.0.0.1", 8080), "client": ("127.0.0.1", 50000), **scope,
        }  # fmt: skip

    async def receive(self) -> Any:
        self.received += 1
        return self.events.pop(0) if self.events else await asyncio.Event().wait()

    async def send(self, event: Any) -> None:
        self.sent.append(event)

    async def call(self, adapter: WsgiAdapter) -> Peer:
        await adapter(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        assert [event["more_body"] for event in self.sent[1:]] == [True] * (len(self.sent) - 2) + [False]
        return b"".join(event["body"] for event in self.sent[1:])


Make = Callable[..., WsgiAdapter]


@pytest.fixture
async def adapt() -> AsyncIterator[Make]:
    made: list[WsgiAdapter] = []

    def make(application: Any, **limits: int) -> WsgiAdapter:
        made.append(wsgi_to_asgi(application, WsgiLimits(**limits)))
        return made[-1]

    yield make
    for adapter in made:
        adapter.close()


def answering(take: Callable[[Environ], Iterable[bytes]]) -> Any:
    def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
        result = take(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return result

    return application


class TestRequest:
    async def test_the_environ_is_valid(self, adapt: Make) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi.input"].read(100)]

        peer = await Peer(b"hello", method="POST").call(adapt(validator(application)))
        assert (peer.status, peer.body) == (200, b"hello")

    def test_environ(self) -> None:
        scope = Peer(
            path="/app/é x", raw_path=b"/app/%C3%A9%20x", root_path="/app", query_string=b"a=%20", scheme="https",
            headers=[
                (b"host", b"example.org"), (b"content-type", b"text/x"), (b"x-two", b"1"), (b"x-two", b"2"),
                (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x_two", b"spoofed"), (b"transfer-encoding", b"chunked"),
            ],
        ).scope  # fmt: skip
        environ = environ_of(scope, None)  # type: ignore[arg-type]
        assert {key: environ[key] for key in environ if key.isupper()} == {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/app", "PATH_INFO": "/\xc3\xa9 x", "QUERY_STRING": "a=%20",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8080", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "50000", "HTTP_HOST": "example.org",
            "CONTENT_TYPE": "text/x", "HTTP_X_TWO": "1,2", "HTTP_COOKIE": "a=1; b=2",
        }  # fmt: skip
        assert environ["wsgi.url_scheme"] == "https"

    def test_environ_over_a_unix_socket(self) -> None:
        environ = environ_of(Peer(server=None, client=None, scheme="https").scope, None)  # type: ignore[arg-type]
        assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", "443")
        assert "REMOTE_ADDR" not in environ

    @pytest.mark.parametrize(
        ("take", "expected"),
        [
            (lambda i: [i.read()], [b"one\ntwo\nthree"]),
            (lambda i: [i.read(None)], [b"one\ntwo\nthree"]),
            (lambda i: [i.read(2), i.read(0), i.read(5), i.read(100), i.read(1)],
             [b"on", b"", b"e\ntwo", b"\nthree", b""]),
            (lambda i: [i.readline(), i.readline(2), i.readline(9), i.readline(), i.readline()],
             [b"one\n", b"tw", b"o\n", b"three", b""]),
            (list, [b"one\n", b"two\n", b"three"]),
            (lambda i: i.readlines(), [b"one\n", b"two\n", b"three"]),
            (lambda i: [*i.readlines(5), i.read()], [b"one\n", b"two\n", b"three"]),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize(
        "pieces", [(b"one\ntwo\nthree",), (b"on", b"", b"e\ntw", b"o\nthre", b"e"), (b"one\ntwo\nthree", b"")]
    )
    async def test_input_however_it_is_cut(
        self, adapt: Make, take: Callable[[Any], list[bytes]], expected: list[bytes], pieces: tuple[bytes, ...]
    ) -> None:
        seen: list[bytes] = []

        def read(environ: Environ) -> Iterable[bytes]:
            seen.extend(take(environ["wsgi.input"]))
            return []

        await Peer(*pieces).call(adapt(answering(read)))
        assert seen == expected

    async def test_the_body_is_received_when_it_is_read(self, adapt: Make) -> None:
        peer = Peer(b"1", b"2", b"3")

        def read(environ: Environ) -> Iterable[bytes]:
            before = peer.received
            data = environ["wsgi.input"].read(2)
            return [b"%d %s %d" % (before, data, peer.received)]

        assert (await peer.call(adapt(answering(read)))).body == b"0 12 2"

    async def test_without_a_body_nothing_is_waited_for(self, adapt: Make) -> None:
        peer = await Peer().call(adapt(answering(lambda environ: [environ["wsgi.input"].read()])))
        assert peer.body == b""
        assert peer.received == 0

    async def test_too_long_a_body(self, adapt: Make) -> None:
        adapter = adapt(answering(lambda environ: [environ["wsgi.input"].read()]), body=5)
        assert (await Peer(b"12", b"345").call(adapter)).body == b"12345"
        assert (await Peer(b"123", b"456").call(adapter)).status == 413

        def late(environ: Environ, start_response: Start) -> Iterator[bytes]:
            start_response("200 OK", [])
            yield b"begun"
            yield environ["wsgi.input"].read()

        with pytest.raises(TooLarge):
            await Peer(b"123", b"456").call(adapt(late, body=5))

    async def test_a_client_that_goes_away(self, adapt: Make) -> None:
        with pytest.raises(ConnectionLost):
            await Peer(b"12", None).call(adapt(answering(lambda environ: [environ["wsgi.input"].read()])))


class TestResponse:
    async def test_one_chunk_is_two_events(self, adapt: Make) -> None:
        peer = await Peer().call(adapt(answering(lambda environ: [b"hello"])))
        assert len(peer.sent) == 2
        assert (peer.status, peer.body) == (200, b"hello")
        assert peer.headers == {b"content-type": b"text/plain"}

    @pytest.mark.parametrize("result", [[], [b""], [b"", b""], iter([]), ()])
    async def test_empty(self, adapt: Make, result: Any) -> None:
        peer = await Peer().call(adapt(answering(lambda environ: result)))
        assert (peer.status, peer.body) == (200, b"")

    async def test_each_chunk_goes_out_before_the_next_is_made(self, adapt: Make) -> None:
        peer = Peer()

        def chunks(environ: Environ, start_response: Start) -> Iterator[bytes]:
            start_response("200 OK", [])
            for _ in range(3):
                yield b"%d " % len(peer.sent)
                yield b""

        assert (await peer.call(adapt(chunks))).body == b"0 2 3 "

    async def test_write(self, adapt: Make) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            write = start_response("201 Created", [("X-A", "b")])
            write(b"one ")
            write(b"two ")
            return [b"three"]

        peer = await Peer().call(adapt(application))
        assert (peer.status, peer.body, peer.headers) == (201, b"one two three", {b"x-a": b"b"})

    async def test_close_is_called(self, adapt: Make) -> None:
        closed: list[str] = []

        class Result:
            def __init__(self, data: list[Any]) -> None:
                self.data = data

            def __iter__(self) -> Iterator[bytes]:
                yield from self.data

            def close(self) -> None:
                closed.append("closed")

        await Peer().call(adapt(answering(lambda environ: Result([b"1", b"2"]))))
        with pytest.raises(LocalProtocolError):
            await Peer().call(adapt(answering(lambda environ: Result(["text"]))))
        assert closed == ["closed", "closed"]

    async def test_exc_info_before_anything_was_sent(self, adapt: Make) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            import sys

            start_response("200 OK", [])
            try:
                raise ZeroDivisionError
            except ZeroDivisionError:
                start_response("500 Oops", [("X-Why", "zero")], sys.exc_info())
            return [b"error"]

        peer = await Peer().call(adapt(application))
        assert (peer.status, peer.body) == (500, b"error")

    async def test_exc_info_afterwards(self, adapt: Make) -> None:
        def application(environ: Environ, start_response: Start) -> Iterator[bytes]:
            import sys

            start_response("200 OK", [])
            yield b"begun"
            try:
                raise ZeroDivisionError
            except ZeroDivisionError:
                start_response("500 Oops", [], sys.exc_info())
            yield b"never"

        peer = Peer()
        with pytest.raises(ZeroDivisionError):
            await peer.call(adapt(application))
        assert [event.get("body") for event in peer.sent] == [None, b"begun"]

    async def test_what_the_application_raises_passes(self, adapt: Make) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await Peer().call(adapt(application))

    @pytest.mark.parametrize(
        ("status", "headers"),
        [
            ("OK", []), ("200 OK\r\nX: y", []), (200, []), ("99 x", []), ("101 Switching", []), ("2000 x", []),
            ("200 OK", {}), ("200 OK", ["ab"]), ("200 OK", [("a", 1)]), ("200 OK", [["a", "b"]]),
            ("200 OK", [("a b", "c")]), ("200 OK", [("", "c")]), ("200 OK", [("a", "b\r\nc: d")]),
            ("200 OK", [("a", "b\0")]), ("200 OK", [("a", "数")]),
            ("200 OK", [("Connection", "close")]), ("200 OK", [("transfer-encoding", "chunked")]),
        ],
    )  # fmt: skip
    async def test_what_cant_be_said(self, adapt: Make, status: Any, headers: Any) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            start_response(status, headers)
            return [b""]

        peer = Peer()
        with pytest.raises(LocalProtocolError):
            await peer.call(adapt(application))
        assert peer.sent == []

    async def test_the_order_of_calls(self, adapt: Make) -> None:
        def twice(environ: Environ, start_response: Start) -> Iterable[bytes]:
            start_response("200 OK", [])
            start_response("200 OK", [])
            return []

        def never(environ: Environ, start_response: Start) -> Iterable[bytes]:
            return [b"x"]

        for application in (twice, never):
            with pytest.raises(LocalProtocolError, match="start_response"):
                await Peer().call(adapt(application))

    async def test_errors_are_logged(self, adapt: Make, caplog: pytest.LogCaptureFixture) -> None:
        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            environ["wsgi.errors"].write("one\ntw")
            environ["wsgi.errors"].writelines(["o\n", "three"])
            start_response("200 OK", [])
            return []

        with caplog.at_level(logging.ERROR):
            await Peer().call(adapt(application))
        assert caplog.messages == ["one", "two", "three"]


class TestThreads:
    async def test_context_variables_are_seen(self, adapt: Make) -> None:
        variable = contextvars.ContextVar("variable", default="unset")
        variable.set("set")
        assert (await Peer().call(adapt(answering(lambda environ: [variable.get().encode()])))).body == b"set"

    async def test_requests_run_beside_each_other_up_to_the_limit(self, adapt: Make) -> None:
        meeting = threading.Barrier(3, timeout=30)

        def meet(environ: Environ) -> Iterable[bytes]:
            meeting.wait()
            return [b"met"]

        adapter = adapt(answering(meet), threads=3)
        peers = await asyncio.gather(*(Peer().call(adapter) for _ in range(6)))
        assert {peer.body for peer in peers} == {b"met"}

    async def test_too_many_waiting(self, adapt: Make) -> None:
        go_on = threading.Event()
        adapter = adapt(answering(lambda environ: [b"%d" % go_on.wait(30)]), threads=1, waiting=1)
        first, second = Peer(), Peer()
        tasks = [asyncio.ensure_future(peer.call(adapter)) for peer in (first, second)]
        await asyncio.sleep(0)
        refused = await Peer().call(adapter)
        go_on.set()
        await asyncio.gather(*tasks)
        assert (first.status, second.status, refused.status) == (200, 200, 503)
        assert (await Peer().call(adapter)).status == 200

    async def test_cancelled_while_the_application_streams(self, adapt: Make) -> None:
        ended = threading.Event()

        def forever(environ: Environ, start_response: Start) -> Iterator[bytes]:
            start_response("200 OK", [])
            try:
                while True:
                    yield b"x"
            finally:
                ended.set()

        stuck = asyncio.Event()

        class Slow(Peer):
            async def send(self, event: Any) -> None:
                self.sent.append(event)
                if len(self.sent) == 4:
                    stuck.set()
                    await asyncio.Event().wait()

        peer = Slow()
        task = asyncio.ensure_future(peer.call(adapt(forever)))
        await stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(ended.wait, 30)

    async def test_cancelled_while_the_application_thinks(self, adapt: Make) -> None:
        begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()
        errors: list[str] = []

        def thinking(environ: Environ, start_response: Start) -> Iterator[bytes]:
            begun.set()
            go_on.wait(30)
            start_response("200 OK", [])
            try:
                environ["wsgi.input"].read()
            except ConnectionLost as error:
                errors.append(error.message)
            ended.set()
            yield b""

        task = asyncio.ensure_future(Peer(b"x").call(adapt(thinking)))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        assert await asyncio.to_thread(ended.wait, 30)
        assert errors == ["the request is over"]

    async def test_a_question_that_nobody_hears_any_more(self) -> None:
        peer = Peer()
        loop = asyncio.get_running_loop()
        bridge = _Bridge(loop, peer.send)
        asking = loop.run_in_executor(None, lambda: bridge.ask(peer.receive))
        while bridge._asked.empty():  # noqa: ASYNC110  # the thread tells nobody that it has asked
            await asyncio.sleep(0)
        bridge._leave(asyncio.ensure_future(asyncio.sleep(0)))
        with pytest.raises(ConnectionLost):
            await asking

    async def test_what_send_raises_reaches_the_application(self, adapt: Make) -> None:
        class Gone(Peer):
            async def send(self, event: Any) -> None:
                raise ConnectionLost("gone")

        seen: list[str] = []

        def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
            try:
                start_response("200 OK", [])(b"x")
            except ConnectionLost as error:
                seen.append(error.message)
                raise
            return []

        with pytest.raises(ConnectionLost, match="gone"):
            await Gone().call(adapt(application))
        assert seen == ["gone"]

    async def test_closing_ends_those_that_wait(self, adapt: Make) -> None:
        go_on = threading.Event()
        adapter = adapt(answering(lambda environ: [b"%d" % go_on.wait(30)]), threads=1)
        tasks = [asyncio.ensure_future(Peer().call(adapter)) for _ in range(2)]
        await asyncio.sleep(0)
        adapter.close()
        with pytest.raises(ConnectionLost):
            await tasks[1]
        go_on.set()
        assert (await tasks[0]).body == b"1"


class TestOtherScopes:
    async def test_lifespan(self) -> None:
        adapter = wsgi_to_asgi(answering(lambda environ: []))
        peer = Peer(type="lifespan")
        peer.events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        await peer.call(adapter)
        assert [event["type"] for event in peer.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        with pytest.raises(RuntimeError):
            await Peer().call(adapter)

    async def test_a_websocket_is_refused(self, adapt: Make) -> None:
        peer = await Peer(type="websocket").call(adapt(answering(lambda environ: [])))
        assert [event["type"] for event in peer.sent] == ["websocket.close"]


async def test_flask(adapt: Make) -> None:
    flask = pytest.importorskip("flask")
    app = flask.Flask("shop")

    @app.post("/items/<name>")  # type: ignore[untyped-decorator]
    def items(name: str) -> Any:
        return {"name": name, "sent": flask.request.get_json(), "q": flask.request.args["q"]}

    peer = await Peer(
        b'{"a"', b": 1}", method="POST", path="/items/é", raw_path=b"/items/%C3%A9", query_string=b"q=x",
        headers=[(b"content-type", b"application/json"), (b"host", b"shop")],
    ).call(adapt(app))  # fmt: skip
    assert peer.status == 200
    assert flask.json.loads(peer.body) == {"name": "é", "sent": {"a": 1}, "q": "x"}
