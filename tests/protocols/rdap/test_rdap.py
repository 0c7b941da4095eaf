"""RDAP's client, probe and server, in memory: lookups, searches, redirects, bootstrap files, and odd answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.contents.registrations import Registrations
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.records import AccessRecord, EntryRecord
from netloom.serving import Serving
from netloom.wire import rdap
from tests.security.house import AUTHORITY, connected, everything
from tests.worlds import VirtualSteppingLoop, cancel_everywhere, record, records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netloom.links.stream import Stream

WHERE = "rdap://127.0.0.1"
DOMAIN = b'{"objectClassName":"domain","ldhName":"x.test"}'


async def asked(path: str, operation: str = "get", content: Any = None, **fields: Any) -> Any:
    """Our client at our server."""
    network = MemoryNetwork()
    async with Serving([Endpoint.parse(WHERE)], [content] if content is not None else [], network=network):
        return await record(network, operation, WHERE + path, **fields)


def answer(body: bytes = DOMAIN, status: str = "200 OK", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {rdap.MEDIA_TYPE}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


def told(respond: Callable[[str], bytes], where: str = f"{WHERE}/rdap/domain/x.test", operation: str = "get") -> Any:
    """Our client at somebody who says what a function makes of a request's head; what was asked comes, too."""
    heads: list[str] = []

    async def attend(link: Stream) -> None:
        try:
            heads.append((await link.read_until(b"\r\n\r\n")).decode("latin-1"))
        except ConnectionLost:
            return
        await link.write(respond(heads[-1]))

    async def main() -> Any:
        network = MemoryNetwork()
        network.names |= {"a.test": ["127.0.0.1"], "b.test": ["127.0.0.2"]}
        places = [Endpoint.parse("tcp://127.0.0.1:80"), Endpoint.parse("tcp://127.0.0.2:8080")]
        async with Serving(places, [Handler(attend)], network=network):
            return await record(network, operation, where), heads

    return run(main())


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/rdap/domain/EXAMPLE.test", "domain", "example.test"),
        ("/rdap/nameserver/ns1.example.test", "nameserver", "ns1.example.test"),
        ("/rdap/ip/192.0.2.0/25", "ip network", "192.0.2.0 - 192.0.2.255"),
        ("/rdap/ip/2001:db8::1", "ip network", "2001:db8:: - 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("/rdap/autnum/64500", "autnum", "AS64496 - AS64511"),
        ("/rdap/entity/ANN-TEST", "entity", "ANN-TEST"),
    ],
)
def test_lookups(path: str, kind: str, name: str) -> None:
    found = run(asked(path))
    assert found.status is Status.SUCCESS
    assert found.meta == {"status": 200, "kind": kind, "name": name}
    assert found.value["objectClassName"] == kind
    assert found.value["rdapConformance"] == ["rdap_level_0"]
    (link,) = found.value["links"]
    assert link["href"] == link["value"] == f"http://127.0.0.1{path}"
    assert link["rel"] == "self"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("domains?name=ex*.test", ["example.test"]),
        ("domains?nsLdhName=ns1.*", ["example.test"]),
        ("domains?nsIp=192.0.2.53", ["example.test"]),
        ("nameservers?name=ns*.example.test", ["ns1.example.test", "ns2.example.test"]),
        ("nameservers?ip=192.0.2.54", ["ns2.example.test"]),
        ("entities?fn=Ann%20W*", ["ANN-TEST"]),
        ("entities?handle=ann*", ["ANN-TEST"]),
        ("domains?name=nope.test", []),
    ],
)
def test_searches(query: str, names: list[str]) -> None:
    async def main() -> list[Any]:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(WHERE)], network=network):
            return await records(network, "list", f"{WHERE}/rdap/{query}")

    found = run(main())
    assert all(isinstance(one, EntryRecord) and one.status is Status.SUCCESS for one in found)
    assert [one.entry.name for one in found if one.entry is not None] == names


def test_a_search_that_finds_too_much_says_so() -> None:
    many = Registrations(({"objectClassName": "domain", "ldhName": f"d{n}.test"} for n in range(50)), results=3)
    found = run(asked("/rdap/domains?name=d*", content=many))
    assert len(found.value["domainSearchResults"]) == 3
    assert "truncated" in found.value["notices"][0]["type"]


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/rdap/domain/nope.test", 404, "no domain nope.test is registered here"),
        ("/rdap/ip/here", 400, "neither an address nor a network"),
        ("/rdap/autnum/x", 400, "no autonomous system's number"),
        ("/rdap/domains?name=*", 400, "`*`"),
        ("/rdap/domains", 400, "searched by one of"),
        ("/elsewhere/domain/example.test", 404, ""),
    ],
)
def test_no(path: str, code: int, words: str) -> None:
    found = run(asked(path))
    assert found.status is Status.REFUSED_BY_PEER
    assert found.message.startswith(f"{code} ")
    assert words in found.message


def test_the_facts_of_a_probe() -> None:
    found = run(asked("/rdap/domain/example.test", "probe"))
    facts = found.facts
    assert found.summary == "example.test · active · Ann Weaver · expires 2034-02-03"
    assert (facts["kind"], facts["status"], facts["version"]) == ("domain", 200, "1.1")
    assert facts["content_type"] == "application/rdap+json"
    assert facts["nameservers"] == ["ns1.example.test", "ns2.example.test"]
    assert facts["signed"] is False
    assert facts["registered"].startswith("2001-")
    assert run(asked("", "probe")).summary == "answers · rdap_level_0 · Help"
    assert run(asked("/rdap/nameservers?name=ns*", "probe")).facts["results"] == 2
    missing = run(asked("/rdap/domain/nope.test", "probe"))
    assert missing.facts == {"status": 404}


def test_over_tls_and_http_2() -> None:
    async def main() -> Any:
        network = MemoryNetwork()
        target = Endpoint.parse("rdaps://127.0.0.1")
        async with Serving([target], network=network, authority=AUTHORITY):
            return await record(network, "probe", "rdaps://127.0.0.1/rdap/autnum/64496#verify=no,version=2")

    found = run(main())
    assert found.status is Status.SUCCESS, found
    assert found.facts["version"] == "2"


class TestServer:
    def said(self, head: str, path: str = "") -> tuple[bytes, list[AccessRecord]]:
        async def main() -> tuple[bytes, list[AccessRecord]]:
            network, seen = MemoryNetwork(), list[AccessRecord]()
            async with Serving([Endpoint.parse(WHERE + path)], network=network, report=seen.append):
                stream = await connected(network, 80)
                await stream.write(f"{head}\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
                return await everything(stream), seen

        return run(main())

    def test_pages_may_read_it(self) -> None:
        said, seen = self.said("GET /rdap/domain/example.test HTTP/1.1")
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\naccess-control-allow-origin: *\r\n" in said.lower()
        assert [(one.verb, one.target, one.status) for one in seen] == [("GET", "/rdap/domain/example.test", "200")]

    def test_head(self) -> None:
        said, _ = self.said("HEAD /rdap/domain/example.test HTTP/1.1")
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")
        assert said.endswith(b"\r\n\r\n")

    def test_other_methods(self) -> None:
        assert self.said("DELETE /rdap/domain/example.test HTTP/1.1")[0].startswith(b"HTTP/1.1 405 ")
        assert self.said("OPTIONS /rdap/domain/example.test HTTP/1.1")[0].startswith(b"HTTP/1.1 204 ")

    def test_errors_are_of_its_kind(self) -> None:
        said, _ = self.said("GET /rdap/domain/nope.test HTTP/1.1")
        body = json.loads(said.partition(b"\r\n\r\n")[2])
        assert (body["errorCode"], body["title"]) == (404, "Not Found")
        assert body["rdapConformance"] == ["rdap_level_0"]

    def test_another_path(self) -> None:
        assert self.said("GET /a/b/help HTTP/1.1", "/a/b")[0].startswith(b"HTTP/1.1 200 ")

    def test_accounts_hold(self) -> None:
        from netloom.accounts import Accounts

        async def main() -> None:
            network = MemoryNetwork()
            accounts = Accounts.from_texts(["ann:secret"])
            async with Serving([Endpoint.parse(WHERE)], (), accounts, network=network):
                wrong = await record(network, "probe", "rdap://ann:wrong@127.0.0.1/rdap/help")
                assert wrong.status is Status.UNAUTHENTICATED
                right = await record(network, "probe", "rdap://ann:secret@127.0.0.1/rdap/help")
                assert right.status is Status.SUCCESS

        run(main())


class TestRedirects:
    def test_they_are_followed(self) -> None:
        def respond(head: str) -> bytes:
            if "Host: b.test:8080" in head or "host: b.test:8080" in head:
                return answer()
            return answer(b"", "302 Found", "Location: http://b.test:8080/x/domain/x.test")

        found, heads = told(respond, "rdap://ann:secret@a.test/rdap/domain/x.test", "probe")
        assert found.status is Status.SUCCESS
        assert found.facts["redirects"] == ["rdap://a.test:80/rdap/domain/x.test"]
        assert len(heads) == 2
        assert "authorization:" in heads[0].lower()
        assert "authorization:" not in heads[1].lower()  # whom it wasn't meant for

    def test_in_circles(self) -> None:
        found, heads = told(
            lambda _: answer(b"", "301 Moved", "Location: /rdap/domain/x.test"),
            f"{WHERE}/rdap/domain/x#max_redirects=3",
        )
        assert found.status is Status.REFUSED_BY_PEER
        assert "more than 3 redirects" in found.message
        assert len(heads) == 4

    def test_none_are_followed_on_request(self) -> None:
        found, heads = told(
            lambda _: answer(b"", "301 Moved", "Location: /b"), f"{WHERE}/rdap/domain/x.test#max_redirects=0"
        )
        assert found.status is Status.REFUSED_BY_PEER
        assert "/b" in found.hint
        assert len(heads) == 1


class TestBootstrap:
    FILE = json.dumps({"version": "1.0", "services": [[["test"], ["http://b.test:8080/base/"]]]})

    def test_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "dns.json"
        path.write_text(self.FILE)
        found, heads = told(lambda _: answer(), f"rdap:///domain/x.test#bootstrap={path}")
        assert found.status is Status.SUCCESS, found
        assert heads[0].startswith("GET /base/domain/x.test HTTP/1.1\r\n")
        assert "b.test:8080" in heads[0]

    def test_where_it_is_published(self) -> None:
        def respond(head: str) -> bytes:
            return answer(self.FILE.encode()) if head.startswith("GET /dns.json ") else answer()

        found, heads = told(respond, "rdap:///domain/x.test#bootstrap=http://a.test/dns.json,token=secret", "probe")
        assert found.facts["name"] == "x.test"
        assert [head.split()[1] for head in heads] == ["/dns.json", "/base/domain/x.test"]
        assert not any("secret" in head for head in heads)

    def test_whom_a_file_names_gets_no_credentials(self, tmp_path: Path) -> None:
        path = tmp_path / "dns.json"
        path.write_text(self.FILE.replace("b.test:8080", "localhost"))
        found, heads = told(lambda _: answer(), f"rdap:///domain/x.test#bootstrap={path},token=secret")
        assert found.status is Status.SUCCESS, found
        assert not any("secret" in head for head in heads)

    def test_the_first_that_names_one_counts(self, tmp_path: Path) -> None:
        (tmp_path / "ip.json").write_text(self.FILE.replace('"test"', '"192.0.2.0/24"'))
        (tmp_path / "dns.json").write_text(self.FILE)
        options = f"bootstrap={tmp_path}/ip.json,bootstrap={tmp_path}/dns.json"
        for asked_for in ("domain/x.test", "ip/192.0.2.7"):
            found, heads = told(lambda _: answer(), f"rdap:///{asked_for}#{options}")
            assert found.status is Status.SUCCESS
            assert heads[0].startswith(f"GET /base/{asked_for} ")

    @pytest.mark.parametrize(
        ("text", "path", "error"),
        [
            (FILE, "domain/x.org", "no server is named for domain x.org"),
            (FILE.replace("http:", "gopher:"), "domain/x.test", "no URL of HTTP"),
            ("{}", "domain/x.test", "no services"),
            (None, "domain/x.test", "No such file"),
        ],
    )
    def test_files_that_do_not_help(self, text: str | None, path: str, error: str, tmp_path: Path) -> None:
        file = tmp_path / "dns.json"
        if text is not None:
            file.write_text(text)
        try:
            found, _ = told(lambda _: answer(), f"rdap:///{path}#bootstrap={file}")
        except UsageError as exc:
            message = exc.message
        else:
            assert found.status is Status.PROTOCOL_ERROR
            message = found.message
        assert error in message

    def test_a_host_beside_it_is_one_too_many(self) -> None:
        with pytest.raises(UsageError, match="has no host"):
            told(lambda _: answer(), "rdap://a.test/domain/x.test#bootstrap=x")


class TestOddAnswers:
    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"a":' * 9000])
    def test_no_json_object(self, body: bytes) -> None:
        found, _ = told(lambda _: answer(body))
        assert found.status is Status.PROTOCOL_ERROR

    def test_too_much(self) -> None:
        found, _ = told(lambda _: answer(b" " * 5000), f"{WHERE}/rdap/domain/x.test#max_size=4096")
        assert found.status is Status.PROTOCOL_ERROR

    def test_packed(self) -> None:
        found, _ = told(lambda _: answer(DOMAIN, "200 OK", "Content-Encoding: gzip"))
        assert found.status is Status.PROTOCOL_ERROR

    def test_a_refusal_in_its_words(self) -> None:
        body = b'{"errorCode":429,"title":"Slow down","description":["You ask","too often."]}'
        found, _ = told(lambda _: answer(body, "429 Too Many Requests", "Retry-After: 30"))
        assert found.status is Status.REFUSED_BY_PEER
        assert found.message == "429 Too Many Requests: Slow down: You ask too often."
        assert found.hint == "not before 30 s"

    def test_a_refusal_in_a_page(self) -> None:
        found, _ = told(lambda _: answer(b"<html>", "503 Service Unavailable"))
        assert found.message == "503 Service Unavailable"

    @pytest.mark.parametrize("seed", range(30))
    def test_members_of_any_kind(self, seed: int) -> None:
        import random

        generator = random.Random(seed)
        odd: list[Any] = [None, 7, "x", [], ["x"], {}, {"objectClassName": 7}, [[]], [{}], -1.5, True]
        names = [
            "objectClassName", "ldhName", "entities", "events", "status", "nameservers", "secureDNS", "notices",
            "country", "rdapConformance", "startAddress", "startAutnum", "port43", "vcardArray", *rdap.RESULTS.values(),
        ]  # fmt: skip
        body = json.dumps({name: generator.choice(odd) for name in names}).encode()
        for operation in ("probe", "get"):
            found, _ = told(lambda _: answer(body), operation=operation)
            assert found.status is Status.SUCCESS, found


def test_cancelled_anywhere_nothing_is_left() -> None:
    async def world() -> Any:
        network = MemoryNetwork()
        serving = Serving([Endpoint.parse(WHERE)], network=network)
        await serving.start()

        async def work() -> None:
            await records(network, "get", f"{WHERE}/rdap/domain/example.test")

        async def check() -> None:
            await serving.stop(0.0)

        return work(), check

    assert cancel_everywhere(world, VirtualSteppingLoop) > 5
