"""Where connections go on to: names in the open, and what could never pass."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError, Status, Unsupported, UsageError
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.relaying.onward import Onward
from netloom.serving import Serving
from tests.relaying.worlds import parsed, relay, until
from tests.wire.test_tls_hello import openssl
from tests.worlds import Certificates, elapsed, record

if TYPE_CHECKING:
    from pathlib import Path


def onward(listen: str, target: str, **names: str) -> Onward:
    places = {name: parsed(text) for name, text in names.items()}
    return Onward(parsed(listen), parsed(target), names=places, network=MemoryNetwork(), deadline=3)


@pytest.mark.parametrize(
    ("listen", "target", "words"),
    [
        ("tcp://:1", "udp://h:1", "can't go on"),
        ("udp://:1", "tcp://h:1", "can't go on"),
        ("dns://:1", "udp://h:1", "can't go on"),
        ("icmp://h", "icmp://h", "icmp has no ports"),
        ("tcp://:1", "tcp://h", "needs a port"),
        ("tcp://:1", "tcp://h:1#zzz=1", "no option"),
        ("udp://:1", "udp://h:1#send_proxy=v2", "PROXY header begins a stream"),
        ("udp://:1#accept_proxy", "udp://h:1", "PROXY header begins a stream"),
    ],
)
def test_what_could_never_pass(listen: str, target: str, words: str) -> None:
    with pytest.raises((UsageError, Unsupported), match=words):
        onward(listen, target)


@pytest.mark.parametrize(
    ("listen", "target"),
    [
        ("tcp://:1", "dns://h"),
        ("udp://:1", "dns://h"),
        ("dns://:1", "dns://h"),
        ("tcp://:1", "unix:///run/s"),
        ("unix:///run/s", "https://h"),
        ("https://:1", "http://h"),
        ("ssh://:1", "ssh://h"),
    ],
)
def test_what_may(listen: str, target: str) -> None:
    assert onward(listen, target).target == parsed(target)


@pytest.mark.parametrize("listen", ["tls://:1", "https://:1", "udp://:1"])
def test_names_are_asked_for_in_the_open_only(listen: str) -> None:
    with pytest.raises(UsageError, match="in the open"):
        onward(listen, "dns://h:1", **{"www.example.org": "dns://h:2"})


@pytest.mark.parametrize(
    ("asked", "port"),
    [
        (b"www.example.org", 1),
        (b"WWW.EXAMPLE.ORG", 1),
        (b"a.example.net", 2),
        (b"a.b.example.net", 2),
        (b"example.net", 9),
        (b"x1.test", 3),
        (b"x12.test", 9),
    ],
)
def test_the_first_name_that_fits(asked: bytes, port: int) -> None:
    async def main() -> None:
        near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
        pair(near, far)
        await near.write(openssl(asked, b"h2"))
        names = {"www.Example.org": "tcp://h:1", "*.example.net": "tcp://h:2", "x?.test": "tcp://h:3"}
        assert (await onward("tcp://:1", "tcp://h:9", **names).choose(far)).port == port

    run(main())


def test_without_names_nothing_is_waited_for() -> None:
    async def main() -> None:
        near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
        pair(near, far)
        assert (await onward("tcp://:1", "tcp://h:9").choose(far)).port == 9
        assert elapsed() == 0

    run(main())


@pytest.mark.parametrize(
    ("said", "error"),
    [(b"", DeadlineExceeded), (b"\x16\x03\x01", DeadlineExceeded), (b"EHLO relay\r\n", RemoteProtocolError)],
)
def test_no_hello(said: bytes, error: type[Exception]) -> None:
    async def main() -> None:
        near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
        pair(near, far)
        if said:
            await near.write(said)
        with pytest.raises(error):
            await onward("tcp://:1", "tcp://h:9", a="tcp://h:1").choose(far)

    run(main())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.usefixtures("leaves_nothing")
async def test_tls_passes_through_to_whom_it_asks_for(certificates: Certificates, tmp_path: Path) -> None:
    def saying(word: bytes) -> Handler:
        async def say(link: Stream) -> None:
            await link.write(word)

        return Handler(say)

    place = parsed(f"tls://127.0.0.1:0#cert={certificates.good}")
    async with Serving([place], [saying(b"usual")]) as usual, Serving([place], [saying(b"special")]) as special:
        plain = [parsed(str(serving.endpoint).replace("tls:", "tcp:")) for serving in (usual, special)]
        names = {"local*": plain[1]}
        async with relay("tcp://127.0.0.1:0", plain[0], names=names) as (where, told):
            for sni, word in (("localhost", b"special"), ("127.0.0.1", b"usual")):
                target = str(where).replace("tcp:", "tls:")
                found = await record(
                    None, "send", target, "x", options=[f"ca={certificates.ca}", f"sni={sni}", "reply=all"]
                )
                assert found.body == word
            async with netloom.connect(where) as link:
                await link.write(b"GET / HTTP/1.1\r\n\r\n")
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)
            await until(told, 3)
    assert [each.target for each in told] == [str(plain[1]), str(plain[0]), str(plain[0])]
    assert [each.status for each in told] == [Status.SUCCESS, Status.SUCCESS, Status.PROTOCOL_ERROR]
