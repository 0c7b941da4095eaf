"""The relay operation: pairs, announcements, records, options on either side, and control."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, Status, UsageError
from netloom.records import ServingRecord
from netloom.relaying.relay import Relayed
from netloom.runs import Run
from netloom.serving import Serving
from tests.cli.command import BOUND, environment, line_of, started
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")

HERE = "tcp://127.0.0.1:0"
CONTROL = "http://127.0.0.1:0"


@contextlib.asynccontextmanager
async def relaying(
    *targets: Any, announced: int = 1, **fields: Any
) -> AsyncIterator[tuple[list[Endpoint], AsyncGenerator[Any, None]]]:
    """Where it listens (and is controlled), and the records after that."""
    made = aiter(Run[Any].prepare("relay", targets, fields))
    async with contextlib.aclosing(made):
        found = [await anext(made) for _ in range(announced)]
        assert all(isinstance(each, ServingRecord) for each in found)
        yield [Endpoint.parse(each.endpoint) for each in found], made


@contextlib.asynccontextmanager
async def echo(scheme: str = "tcp") -> AsyncIterator[Endpoint]:
    async with Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0")]) as serving:
        yield serving.endpoint


async def said(place: Endpoint, words: str = "hello", **fields: Any) -> Any:
    return await record(None, "send", place, words, options=["reply=all"], **fields)


async def test_a_pair_is_announced_and_each_connection_told() -> None:
    async with echo() as target, relaying(HERE, target) as ((place,), made):
        assert (await said(place)).body == b"hello"
        found = await anext(made)
    assert isinstance(found, Relayed)
    assert (found.status, found.sent, found.received) == (Status.SUCCESS, 5, 5)
    assert (found.endpoint, found.target) == (str(place), str(target))


async def test_many_pairs() -> None:
    async with (
        echo() as one,
        echo("udp") as other,
        relaying(HERE, one, "udp://127.0.0.1:0", other, announced=2) as (places, made),
    ):
        assert [place.scheme for place in places] == ["tcp", "udp"]
        assert (await said(places[0])).body == b"hello"
        assert (await record(None, "send", places[1], "x", options=["reply=some"])).body == b"x"
        assert (await anext(made)).target == str(one)


async def test_faults_break_once_where_it_comes_in() -> None:
    async with echo() as target, relaying(HERE, target, options=["fault=limit:3"]) as ((place,), made):
        assert (await said(place)).body == b"hel"
        assert (await anext(made)).received == 5, "the target isn't broken"


async def test_other_options_hold_for_both() -> None:
    async def tell(link: Any) -> None:
        await link.write(link.peer.encode())

    async with Serving([Endpoint.parse(f"{HERE}#accept_proxy")], [Handler(tell)]) as serving:
        fields: Any = {"options": ["send_proxy=v2", "accept_proxy"]}
        async with relaying(HERE, serving.endpoint, **fields) as ((place,), made), netloom.connect(place) as link:
            await link.write(b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n")
            assert await link.read() == b"192.0.2.1:5"
            await link.close()
            assert (await anext(made)).peer == "192.0.2.1:5"


async def test_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "talk.pcapng"
    async with echo() as target, relaying(HERE, target, record=str(path)) as ((place,), made):
        await said(place, "warp and weft")
        await anext(made)
    assert path.read_bytes().count(b"warp and weft") == 2
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("targets", "fields", "words"),
    [
        ((HERE,), {}, "has nowhere to go on to"),
        ((HERE, HERE, HERE), {}, "has nowhere to go on to"),
        ((), {}, "nothing is to be relayed"),
        ((HERE, "tcp://h:1"), {"sni": ["www.example.org"]}, "--sni takes NAME=ENDPOINT"),
        ((HERE, "tcp://h:1"), {"sni": ["=tcp://h:1"]}, "--sni takes NAME=ENDPOINT"),
        ((HERE, "udp://h:1"), {}, "can't go on"),
        ((HERE, "tcp://h:1"), {"name": ["a", "b"]}, "'b' has no pair"),
        ((HERE, "tcp://h:1", HERE, "tcp://h:1"), {"name": ["a", "a"]}, "a relay 'a' already"),
        ((HERE, "tcp://h:1"), {"options": ["fault=nothing"]}, "there is no fault 'nothing'"),
        ((), {"control": "http://0.0.0.0:0"}, "could open connections in this machine's name"),
        ((), {"control": "http://*:0"}, "could open connections in this machine's name"),
        ((), {"control": "http://example.org:0"}, "could open connections in this machine's name"),
        ((), {"control": "tcp://127.0.0.1:0"}, "over HTTP"),
        ((), {"control": CONTROL, "account": ["ann"]}, "can't control anything"),
        ((), {"control": CONTROL, "account": ["ann:secret:read"]}, "can't control anything"),
    ],
)
async def test_what_is_wrong_starts_nothing(targets: tuple[str, ...], fields: dict[str, Any], words: str) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(UsageError, match=words):
            await anext(aiter(Run[Any].prepare("relay", targets, fields)))


async def test_what_could_not_begin_leaves_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    fields = {"record": str(file), "options": ["fault=nonsense"]}
    for _ in range(2):
        with pytest.raises(UsageError, match="nonsense"):
            await anext(aiter(Run[Any].prepare("relay", (HERE, "tcp://h:1"), fields)))
        assert not file.exists()


async def test_where_one_cannot_listen_none_stays() -> None:
    async with echo() as target:
        with pytest.raises(UsageError, match="in use already"):
            await records(None, "relay", HERE, target, target, target)


class TestControl:
    async def ask(
        self, place: Endpoint, method: str, path: str, body: Any = None, *, password: str = ""
    ) -> tuple[int, Any]:
        """By the standard library's client."""

        def talk() -> tuple[int, Any]:
            data = json.dumps(body).encode() if body is not None else None
            request = urllib.request.Request(f"http://{place.host}:{place.port}{path}", data, method=method)  # ours
            if password:
                request.add_header("Authorization", f"Basic {password}")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # ours
                    text = answer.read()
                    return answer.status, json.loads(text) if text else None
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code, None

        return await asyncio.to_thread(talk)

    async def test_faults_come_and_go_while_connections_stand(self) -> None:
        async with echo() as target:
            fields: Any = {"control": CONTROL, "name": ["mine"], "announced": 2}
            async with relaying(HERE, target, **fields) as ((place, control), _), netloom.connect(place) as link:
                await link.write(b"x")
                assert await link.read() == b"x"
                toxic = {"type": "fault", "attributes": {"text": "corrupt:1:to=client"}}
                assert (await self.ask(control, "POST", "/proxies/mine/toxics", toxic))[0] == 200
                await link.write(b"x")
                assert await link.read() != b"x"
                assert (await self.ask(control, "POST", "/reset"))[0] == 204
                await link.write(b"x")
                assert await link.read() == b"x"
                assert (await self.ask(control, "PATCH", "/proxies/mine", {"enabled": False}))[0] == 200
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)

    async def test_relays_come_and_go(self) -> None:
        async with echo() as target, relaying(control=CONTROL) as ((control,), made):
            wanted = {"name": "one", "upstream": f"127.0.0.1:{target.port}"}
            status, told = await self.ask(control, "POST", "/proxies", wanted)
            assert status == 201
            place = Endpoint.parse(f"tcp://{told['listen']}")
            assert (await said(place)).body == b"hello"
            assert (await anext(made)).status is Status.SUCCESS
            assert (await self.ask(control, "DELETE", "/proxies/one"))[0] == 204
            assert (await record(None, "probe", place)).status is Status.REFUSED

    async def test_faults_that_were_given_are_among_them(self) -> None:
        async with echo() as target:
            fields: Any = {"control": CONTROL, "options": ["fault=latency:1ms"], "announced": 2}
            async with relaying(HERE, target, **fields) as ((_, control), _):
                _, told = await self.ask(control, "GET", "/proxies/relay-1/toxics")
                assert [(toxic["name"], toxic["type"]) for toxic in told] == [("latency", "fault")]
                assert (await self.ask(control, "DELETE", "/proxies/relay-1/toxics/latency"))[0] == 204

    async def test_accounts_keep_others_out(self) -> None:
        import base64

        known, wrong = (base64.b64encode(text).decode() for text in (b"ann:secret", b"ann:guess"))
        async with relaying(control="http://0.0.0.0:0", account=["ann:secret"]) as ((open_to_all,), _):
            control = open_to_all.replace(host="127.0.0.1")
            for path, method in (("/proxies", "GET"), ("/reset", "POST")):
                assert (await self.ask(control, method, path))[0] == 401
                assert (await self.ask(control, method, path, password=wrong))[0] == 401
                assert (await self.ask(control, method, path, password=known))[0] in (200, 204)


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    recording = tmp_path / "talk.pcapng"
    command = ["relay", HERE, "tcp://127.0.0.1:9", "--record", str(recording), "-o", "ndjson"]
    with started(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        place = Endpoint.parse(json.loads(line_of(process.stdout))["endpoint"])
        with socket.socket() as link, contextlib.suppress(OSError):  # it may hear of its fate while it still connects
            link.settimeout(BOUND)
            link.connect((place.host, place.port))
            link.recv(1)
        told = json.loads(line_of(process.stdout))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=BOUND)
    assert process.returncode == 130
    assert told["status"] == "refused"
    assert b"Traceback" not in err
    assert recording.stat().st_size


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_what_ctrl_c_ends_is_told(scheme: str) -> None:
    with (
        netloom.serve(f"{scheme}://127.0.0.1:0") as server,
        started("relay", f"{scheme}://127.0.0.1:0", str(server.endpoint), stdout=subprocess.PIPE) as process,
    ):
        place = Endpoint.parse(json.loads(line_of(process.stdout))["endpoint"])
        kind = socket.SOCK_STREAM if scheme == "tcp" else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as link:
            link.settimeout(BOUND)
            link.connect((place.host, place.port))
            link.send(b"warp and weft")
            assert link.recv(100) == b"warp and weft"
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=BOUND)
    assert process.returncode == 130
    (told,) = map(json.loads, out.splitlines())
    assert (told["sent"], told["received"]) == (13, 13)


def test_a_narrow_terminal() -> None:
    command = ["relay", HERE, "tcp://127.0.0.1:9", "-o", "table"]
    with started(*command, stdout=subprocess.PIPE, env=environment(COLUMNS="40")) as process:
        said = b""
        while b"relay to" not in said:
            line = line_of(process.stdout)
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=BOUND)
    assert all(len(line) <= 80 for line in (said + rest).decode().splitlines())
