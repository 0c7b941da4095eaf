"""Proxies on the way, in memory: what is asked of them, and what becomes of their answers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from netloom.contents.echo import Echo
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import (
    LocalProtocolError,
    PeerRefused,
    RemoteProtocolError,
    TLSError,
    Unauthenticated,
    UsageError,
)
from netloom.links.dial import Dialler
from netloom.links.join import join
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.proxy import chain, told
from netloom.links.ssh.options import SSHOptions
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.options import split
from netloom.registry import settle
from netloom.serving import Serving
from netloom.wire import socks

Serve = Callable[[Stream], Awaitable[None]]


@pytest.fixture(autouse=True)
def nobody_elses_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """No options but the link's."""


class World:
    """A network in memory with an echo, and proxies that write down what they are asked."""

    def __init__(self, network: MemoryNetwork, echo: Endpoint, stack: contextlib.AsyncExitStack) -> None:
        self.network = network
        self.echo = echo
        self.asked: list[Any] = []
        self.dials: list[Dialler] = []
        self._stack = stack

    async def proxy(self, serve: Serve, scheme: str = "tcp") -> str:
        """`host:port` of a proxy that behaves like this."""

        async def handle(link: Stream) -> None:
            await serve(link)

        wanted = [Endpoint.parse(f"{scheme}://127.0.0.1:0")]
        serving = await self._stack.enter_async_context(Serving(wanted, [Handler(handle)], network=self.network))
        return serving.endpoint.authority

    async def relay(self, link: Stream, host: str, port: int) -> None:
        """Carry on to the place that was asked for."""
        place = Endpoint.parse(f"tcp://{host}:{port}")
        dial = Dialler(self.network, place, LinkOptions(proxy=("none",)), Trace(self.network.clock))
        await join(link, await dial.direct(place))
        await dial.close()

    def dial(self, options: str, target: str = "") -> Dialler:
        place = settle(Endpoint.parse(f"{target or self.echo}#{options}"))[2]
        dial = Dialler(self.network, place, split(place, Nothing)[0], Trace(self.network.clock))
        self.dials.append(dial)
        return dial

    async def echoes(self, options: str, target: str = "") -> Dialler:
        """Whether what is sent by that way comes back."""
        dial = self.dial(options, target)
        stream = await dial.stream()
        await stream.write(b"there and back")
        assert await stream.read_exactly(14) == b"there and back"
        return dial

    # Proxies

    async def http(self, link: Stream) -> None:
        head = await link.read_until(b"\r\n\r\n")
        self.asked.append(head)
        host, _, port = head.split(b" ", 2)[1].decode().rpartition(":")
        # The tunnel's first bytes come with the answer
        await link.write(b"HTTP/1.1 200 OK\r\nVia: 1.1 test\r\n\r\n")
        await self.relay(link, host, int(port))

    def http_saying(self, answer: bytes) -> Serve:
        async def serve(link: Stream) -> None:
            self.asked.append(await link.read_until(b"\r\n\r\n"))
            await link.write(answer)

        return serve

    def socks5(self, method: socks.Method = socks.Method.NONE, code: int = 0) -> Serve:
        async def serve(link: Stream) -> None:
            self.asked.append(await link.parse(socks.parse_greeting))
            await link.write(socks.emit_choice(socks.Choice(method)))
            if method == socks.Method.PASSWORD:
                proof = await link.parse(socks.parse_credentials)
                self.asked.append(proof)
                await link.write(socks.emit_auth_status(socks.AuthStatus(int(proof.password != "secret"))))
            request = await link.parse(socks.parse_request)
            self.asked.append(request)
            await link.write(socks.emit_reply(socks.Reply(code)))
            if not code:
                await self.relay(link, f"[{request.host}]" if ":" in request.host else request.host, request.port)

        return serve

    def socks4(self, code: int = socks.SUCCEEDED4) -> Serve:
        async def serve(link: Stream) -> None:
            request = await link.parse(socks.parse_request4)
            self.asked.append(request)
            await link.write(socks.emit_reply4(socks.Reply4(code)))
            if code == socks.SUCCEEDED4:
                await self.relay(link, request.host, request.port)

        return serve


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    network = MemoryNetwork()
    network.names["echo.example"] = network.names["xn--bcher-kva.example"] = ["127.0.0.1"]
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        serving = await stack.enter_async_context(
            Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()], network=network)
        )
        made = World(network, serving.endpoint, stack)
        try:
            yield made
        finally:
            for dial in made.dials:
                await dial.close()


class TestConnect:
    async def test_the_request(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http)
            dial = await w.echoes(f"proxy=http://{proxy}")
            place = w.echo.authority
            assert w.asked == [f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()]
            assert list(dial.trace.phases())[:3] == ["resolve", "connect", "proxy"]
            assert dial.trace.peer == proxy

    async def test_names_are_the_proxys_to_resolve(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http)
            await w.echoes(f"proxy=http://{proxy}", f"tcp://bücher.example:{w.echo.port}")
            assert w.asked[0].startswith(f"CONNECT xn--bcher-kva.example:{w.echo.port} ".encode())

    async def test_a_password(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http)
            await w.echoes(f"proxy=http://ann:s%2525cret@{proxy}")
            assert b"Proxy-Authorization: Basic " + base64.b64encode(b"ann:s%cret") + b"\r\n" in w.asked[0]

    async def test_ipv6_and_given_addresses(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http_saying(b"HTTP/1.1 502 no\r\n\r\n"))
            for target, resolve in (("tcp://[2001:db8::1]:80", ""), ("tcp://x.example:80", ",resolve=2001:db8::1")):
                with pytest.raises(PeerRefused, match=r"refused to connect to \[2001:db8::1\]:80: 502 no"):
                    await w.dial(f"proxy=http://{proxy}{resolve}", target).stream()

    @pytest.mark.parametrize(
        ("answer", "error", "code"),
        [
            (b"HTTP/1.1 403 Not you\r\nServer: x\r\n\r\n", PeerRefused, 403),
            (b"HTTP/1.0 503 Down\r\n\r\n", PeerRefused, 503),
            (b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n", Unauthenticated, 407),
        ],
    )
    async def test_refusals(self, answer: bytes, error: type[PeerRefused], code: int) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http_saying(answer))
            with pytest.raises(error, match=f"http://ann@{proxy} refused to connect") as caught:
                await w.dial(f"proxy=http://ann:hunter2@{proxy}").stream()
            assert caught.value.code == code
            assert "hunter2" not in caught.value.message

    async def test_an_interim_answer(self) -> None:
        async with world() as w:
            answer = b"HTTP/1.1 103 Wait\r\n\r\nHTTP/1.1 200 OK\r\n\r\ntunnelled"
            proxy = await w.proxy(w.http_saying(answer))
            assert await (await w.dial(f"proxy=http://{proxy}").stream()).read_exactly(9) == b"tunnelled"

    @pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2xx\r\n\r\n", b"\x05\0"])
    async def test_what_is_no_http(self, answer: bytes) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http_saying(answer))
            with pytest.raises(RemoteProtocolError, match="isn't an HTTP proxy"):
                await w.dial(f"proxy=http://{proxy}").stream()

    async def test_an_endless_answer(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.http_saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000))
            with pytest.raises(RemoteProtocolError):
                await w.dial(f"proxy=http://{proxy}").stream()

    async def test_over_tls(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        async with world() as w:
            proxy = await w.proxy(w.http, "tls")
            authority = tmp_path / "netloom" / "authority" / "authority.pem"
            await w.echoes(f"proxy=https://{proxy}%23ca={authority}")
            await w.echoes(f"proxy=https://{proxy}%23verify=no")
            with pytest.raises(TLSError):  # the target's options aren't the proxy's
                await w.echoes(f"verify=no,proxy=https://{proxy}")


class TestSocks:
    async def test_version_5(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.socks5())
            await w.echoes(f"proxy=socks5://{proxy}")
            assert w.asked == [socks.Greeting((0,)), socks.Request(1, "127.0.0.1", w.echo.port or 0)]

    async def test_who_resolves(self) -> None:
        async with world() as w:
            target = f"tcp://echo.example:{w.echo.port}"
            five, four = await w.proxy(w.socks5()), await w.proxy(w.socks4())
            for scheme, proxy in (("socks5", five), ("socks5h", five), ("socks4", four), ("socks4a", four)):
                dial = await w.echoes(f"proxy={scheme}://{proxy}", target)
                remote = scheme in ("socks5h", "socks4a")
                assert w.asked[-1].host == ("echo.example" if remote else "127.0.0.1")
                assert dial.trace.phases()["proxy"] >= 0

    async def test_a_password(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.socks5(socks.Method.PASSWORD))
            await w.echoes(f"proxy=socks5://ann:secret@{proxy}")
            assert w.asked[0] == socks.Greeting((0, 2))
            with pytest.raises(Unauthenticated, match=rf"socks5://ann@{proxy}: .*password") as caught:
                await w.dial(f"proxy=socks5://ann:wrong@{proxy}").stream()
            assert "wrong" not in caught.value.message.replace("the password", "")

    async def test_none_is_good_enough(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.socks5(socks.Method.UNACCEPTABLE))
            with pytest.raises(Unauthenticated, match=f"socks5://{proxy}"):
                await w.dial(f"proxy=socks5://{proxy}").stream()

    async def test_refusals(self) -> None:
        async with world() as w:
            five, four = await w.proxy(w.socks5(code=5)), await w.proxy(w.socks4(91))
            with pytest.raises(PeerRefused, match=f"socks5://{five}: .*connection refused") as caught:
                await w.dial(f"proxy=socks5://{five}").stream()
            assert caught.value.code == 5
            with pytest.raises(PeerRefused, match=f"socks4a://{four}: .*rejected"):
                await w.dial(f"proxy=socks4a://{four}").stream()

    async def test_a_user_of_version_4(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.socks4())
            await w.echoes(f"proxy=socks4a://ann@{proxy}")
            assert w.asked[0].user == "ann"
            with pytest.raises(LocalProtocolError, match="no IPv6"):
                await w.dial(f"proxy=socks4a://{proxy}", "tcp://[::1]:80").stream()

    async def test_what_comes_with_the_answer_belongs_to_the_tunnel(self) -> None:
        async with world() as w:

            async def eager(link: Stream) -> None:
                await link.parse(socks.parse_request4)
                await link.write(socks.emit_reply4(socks.Reply4(socks.SUCCEEDED4)) + b"tunnelled")

            proxy = await w.proxy(eager)
            assert await (await w.dial(f"proxy=socks4a://{proxy}").stream()).read_exactly(9) == b"tunnelled"

    async def test_what_is_no_socks(self) -> None:
        async with world() as w:

            async def http(link: Stream) -> None:
                await link.read()
                await link.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            proxy = await w.proxy(http)
            with pytest.raises(RemoteProtocolError, match=f"socks4a://{proxy}"):
                await w.dial(f"proxy=socks4a://{proxy}").stream()


class TestChains:
    async def test_each_is_asked_for_the_next(self) -> None:
        async with world() as w:
            first, second, third = await w.proxy(w.http), await w.proxy(w.socks5()), await w.proxy(w.socks4())
            await w.echoes(f"proxy=http://{first},proxy=socks5://{second},proxy=socks4a://{third}")
            assert w.asked[0].startswith(f"CONNECT {second} ".encode())
            assert f"{w.asked[2].host}:{w.asked[2].port}" == third
            assert f"{w.asked[3].host}:{w.asked[3].port}" == w.echo.authority

    async def test_what_is_said_to_proxies_is_no_dialogue(self) -> None:
        async with world() as w:
            proxy = await w.proxy(w.socks5(socks.Method.PASSWORD))
            heard: list[bytes] = []
            dial = w.dial(f"proxy=socks5://ann:secret@{proxy}")
            dial.trace.dialogue = lambda: lambda sender, data: heard.append(data)
            stream = await dial.stream()
            await stream.write(b"hello")
            assert await stream.read_exactly(5) == b"hello"
            assert heard == [b"hello", b"hello"]


class TestWhich:
    def of(self, options: str, target: str = "http://web.example") -> list[str]:
        place = settle(Endpoint.parse(f"{target}#{options}" if options else target))[2]
        return [str(hop) for hop in chain(split(place, Nothing)[0], place)]

    def test_default_ports(self) -> None:
        schemes = ("socks5", "socks4a", "http", "https", "ssh")
        found = self.of(",".join(f"proxy={scheme}://p" for scheme in schemes), "tcp://h:1")
        assert [hop.rpartition(":")[2] for hop in found] == ["1080", "1080", "80", "443", "22"]

    def test_none_and_unix_sockets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("all_proxy", "socks5://p")
        assert self.of("proxy=none", "tcp://web.example:1") == []
        assert self.of("proxy=http://p", "unix:///run/x") == []
        assert self.of("", "tcp://web.example:1") == ["socks5://p:1080"]

    @pytest.mark.parametrize("proxy", ["ftp://p", "http://", "p:80"])
    def test_what_is_no_proxy(self, proxy: str) -> None:
        with pytest.raises(UsageError):
            self.of(f"proxy={proxy}", "tcp://h:1")

    def test_variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("all_proxy", "socks5h://everything:9")
        monkeypatch.setenv("HTTP_PROXY", "proxy.example:3128")
        assert self.of("", "http://web.example") == ["http://proxy.example:3128"]
        assert self.of("", "tcp://web.example:1") == ["socks5h://everything:9"]
        monkeypatch.setenv("http_proxy", "small:1")
        assert self.of("", "http://web.example") == ["http://small:1"]

    def test_a_variable_that_a_request_could_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "evil:1")
        monkeypatch.setenv("REQUEST_METHOD", "GET")
        assert self.of("", "http://web.example") == []

    @pytest.mark.parametrize(
        ("listed", "target", "direct"),
        [
            ("*", "tcp://web.example:80", True),
            ("example", "tcp://web.example:80", True),
            (".example, other", "tcp://web.example:80", True),
            ("*.example", "tcp://web.example:80", True),
            ("web.example:80", "tcp://web.example:80", True),
            ("web.example:81", "tcp://web.example:80", False),
            ("ample", "tcp://web.example:80", False),
            ("10.0.0.0/8", "tcp://10.1.2.3:80", True),
            ("10.0.0.0/8", "tcp://11.1.2.3:80", False),
            ("2001:db8::/32", "tcp://[2001:db8::1]:80", True),
            ("[2001:db8::1]:80", "tcp://[2001:db8::1]:80", True),
            ("[2001:db8::1]:81", "tcp://[2001:db8::1]:80", False),
            ("[2001:db8::1]", "tcp://[2001:db8::1]:80", True),
            ("10.0.0.7:80", "tcp://10.0.0.7:80", True),
            ("", "tcp://127.0.0.1:80", True),
            ("", "tcp://[::1]:80", True),
            ("", "tcp://a.localhost:80", True),
            ("", "tcp://web.example:80", False),
        ],
    )
    def test_who_is_excepted(self, monkeypatch: pytest.MonkeyPatch, listed: str, target: str, *, direct: bool) -> None:
        monkeypatch.setenv("ALL_PROXY", "socks5://p")
        monkeypatch.setenv("NO_PROXY", listed)
        assert (self.of("", target) == []) is direct

    def test_options_of_its_own(self) -> None:
        hop = Endpoint.parse("ssh://h#identity=a,identity=b,passphrase=hunter2,max_sessions=3,hostkey=no")
        found = told(hop, SSHOptions)
        assert (found.identity, found.max_sessions, found.hostkey) == (("a", "b"), 3, "no")
        assert found.passphrase.reveal() == "hunter2"
        assert told(Endpoint.parse("https://h#verify=no"), LinkOptions).verify is False
        with pytest.raises(UsageError, match="proxy https://h"):
            told(Endpoint.parse("https://h#verify=maybe"), LinkOptions)
