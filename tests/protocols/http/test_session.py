"""Redirects, credentials, cookies and connections, against a server that says what it is told."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.records import Message
from netloom.wire.http import authentication, digest
from tests.protocols.http.stage import Heard, answer, collected, pieces, scripted

if TYPE_CHECKING:
    from netloom.protocols.http.session import Session

BASIC = "Basic " + base64.b64encode(b"ann:secret").decode()
DIGEST = 'Digest realm="r", nonce="{}", qop="auth", algorithm={}'


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_get_follows(self, status: int) -> None:
        def script(heard: Heard) -> bytes:
            return answer(status, b"gone", location="/new?x=1") if heard.target == "/" else answer(200, b"there")

        async with scripted(script) as (stage, server):
            reply = await stage.client("http://a.test/").get("/")
            assert await collected(reply.chunks()) == b"there"
            assert reply.meta["url"] == "http://a.test/new?x=1"
            assert reply.meta["redirects"] == ["http://a.test/new?x=1"]
            assert server.connections == 1

    @pytest.mark.parametrize(
        ("status", "method", "body"),
        [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b"x"), (308, "POST", b"x")],
    )
    async def test_what_becomes_of_a_post(self, status: int, method: str, body: bytes) -> None:
        def script(heard: Heard) -> bytes:
            return answer(status, location="/new") if heard.target == "/" else answer()

        async with scripted(script) as (stage, server):
            await stage.client("http://a.test/").send(Message(payload=b"x"))
            assert (server.heard[1].method, server.heard[1].body) == (method, body)
            assert (server.heard[1].field("content-type") is None) == (method == "GET")

    async def test_a_put_stays_a_put(self) -> None:
        def script(heard: Heard) -> bytes:
            return answer(301, location="/new") if heard.target == "/" else answer()

        async with scripted(script) as (stage, server):
            await stage.client("http://a.test/").put("/", pieces(b"a", b"b"))
            assert (server.heard[1].method, server.heard[1].body) == ("PUT", b"ab")

    async def test_a_body_that_can_be_sent_only_once(self) -> None:
        async with scripted(lambda _: answer(307, location="/new")) as (stage, _):
            with pytest.raises(PeerRefused, match="sent already"):
                await stage.client("http://a.test/").put("/", pieces(bytes(1 << 20), b"x"))

    async def test_they_end(self) -> None:
        async with scripted(lambda _: answer(302, location="/")) as (stage, server):
            with pytest.raises(PeerRefused, match="more than 3 redirects"):
                await stage.client("http://a.test/#max_redirects=3").get("/")
            assert len(server.heard) == 4

    async def test_none_where_none_is_wanted(self) -> None:
        async with scripted(lambda _: answer(302, b"see", location="/new")) as (stage, _):
            reply = await stage.client("http://a.test/#max_redirects=0").get("/")
            assert reply.meta["status"] == 302
            assert await collected(reply.chunks()) == b"see"

    @pytest.mark.parametrize("elsewhere", ["http://b.test/x", "http://a.test:8080/x"])
    async def test_another_origin_gets_no_secret(self, elsewhere: str) -> None:
        def script(heard: Heard) -> bytes:
            return answer(302, location=elsewhere, set_cookie="sid=canary") if heard.target == "/" else answer()

        async with scripted(script, 80, 8080) as (stage, server):
            own = "headers=Cookie:%20a=canary,headers=X-Plain:%201,headers=Host:%20fake.test,cookie=b=canary"
            await stage.client(f"http://ann:secret@a.test/#{own}").get("/")
            first, second = server.heard
            assert first.field("authorization") == BASIC
            assert first.field("host") == "fake.test"
            assert second.field("x-plain") == "1"
            assert second.field("authorization") is None
            assert second.field("host") == elsewhere.split("/")[2]
            if "b.test" in elsewhere:
                assert "canary" not in repr(second.fields)

    async def test_the_same_origin_gets_them(self) -> None:
        def script(heard: Heard) -> bytes:
            return answer(302, location="/x") if heard.target == "/" else answer()

        async with scripted(script) as (stage, server):
            await stage.client("http://ann:secret@a.test/").get("/")
            assert server.heard[1].field("authorization") == BASIC

    async def test_tls_is_not_left(self) -> None:
        from netloom.endpoint import Endpoint

        async with scripted(lambda _: answer()) as (stage, _):
            client = stage.client("https://a.test/")
            session: Session = client._session
            with pytest.raises(PeerRefused, match="leaves TLS"):
                session._next(Endpoint.parse("https://a.test/"), "http://a.test/", 0)
            allowed = stage.client("https://a.test/#downgrade")._session
            assert allowed._next(Endpoint.parse("https://a.test/"), "http://a.test/", 0).scheme == "http"

    async def test_a_location_that_is_none(self) -> None:
        async with scripted(lambda _: answer(302, location="ftp://x/")) as (stage, _):
            with pytest.raises(RemoteProtocolError):
                await stage.client("http://a.test/").get("/")


class TestCredentials:
    async def test_basic_is_said_at_once(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            await stage.client("http://ann:secret@a.test/").get("/")
            assert [heard.field("authorization") for heard in server.heard] == [BASIC]

    async def test_a_token(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            await stage.client("http://a.test/#token=abc.def").get("/")
            assert server.heard[0].field("authorization") == "Bearer abc.def"

    async def test_a_header_of_ones_own(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            await stage.client("http://ann:secret@a.test/#headers=Authorization:%20Other%20x").get("/")
            assert [value for name, value in server.heard[0].fields if name.lower() == "authorization"] == ["Other x"]

    @pytest.mark.parametrize("auth", ["", "digest", "any"])
    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-256-sess"])
    async def test_digest(self, auth: str, algorithm: str) -> None:
        def script(heard: Heard) -> bytes:
            said = heard.field("authorization") or ""
            if not said.startswith("Digest"):
                return answer(401, www_authenticate=DIGEST.format("n1", algorithm))
            given = digest.parse_answer(authentication.parse_credentials(said))
            asked = digest.Asked(method=heard.method, uri=heard.target)
            return answer(200 if digest.proves(given, "ann", "secret", asked) else 403)

        async with scripted(script) as (stage, server):
            client = stage.client(f"http://ann:secret@a.test/a?b=c#auth={auth}")
            assert (await client.get("/a")).meta["status"] == 200
            assert (server.heard[0].field("authorization") == BASIC) == (auth == "")
            await client.get("/b")
            counts = [heard.field("authorization") for heard in server.heard[1:]]
            assert [f"nc=0000000{number}" in (said or "") for number, said in enumerate(counts, 1)] == [True, True]

    async def test_basic_only_says_no_digest(self) -> None:
        async with scripted(lambda _: answer(401, www_authenticate=DIGEST.format("n", "MD5"))) as (stage, server):
            with pytest.raises(Unauthenticated) as caught:
                await stage.client("http://ann:secret@a.test/#auth=basic").get("/")
            assert caught.value.code == 401
            assert len(server.heard) == 1

    async def test_digest_only_says_no_basic(self) -> None:
        async with scripted(lambda _: answer(401, www_authenticate='Basic realm="x"')) as (stage, server):
            with pytest.raises(Unauthenticated):
                await stage.client("http://ann:secret@a.test/#auth=digest").get("/")
            assert [heard.field("authorization") for heard in server.heard] == [None]

    async def test_any_does_basic_where_it_is_asked_for(self) -> None:
        def script(heard: Heard) -> bytes:
            return answer() if heard.field("authorization") else answer(401, www_authenticate='Basic realm="x"')

        async with scripted(script) as (stage, server):
            await stage.client("http://ann:secret@a.test/#auth=any").get("/")
            assert [heard.field("authorization") for heard in server.heard] == [None, BASIC]

    async def test_a_stale_nonce_is_replaced_and_a_refusal_ends(self) -> None:
        nonces = iter(["n1", "n2", "n3", "n4"])

        def script(heard: Heard) -> bytes:
            said = heard.field("authorization") or ""
            stale = ", stale=true" if 'nonce="n1"' in said else ""
            if 'nonce="n2"' in said and heard.target == "/good":
                return answer()
            return answer(401, www_authenticate=DIGEST.format(next(nonces), "SHA-256") + stale)

        async with scripted(script) as (stage, server):
            assert (await stage.client("http://ann:secret@a.test/#auth=digest").get("/good")).meta["status"] == 200
            assert len(server.heard) == 3
        nonces = iter(["n5", "n6"])
        async with scripted(script) as (stage, server):
            with pytest.raises(Unauthenticated):
                await stage.client("http://ann:wrong@a.test/#auth=digest").get("/bad")
            assert len(server.heard) == 2

    async def test_a_large_body_is_not_sent_to_be_refused(self) -> None:
        def script(heard: Heard) -> bytes:
            return answer() if heard.field("authorization") else answer(401, www_authenticate=DIGEST.format("n", "MD5"))

        async with scripted(script) as (stage, server):
            await stage.client("http://ann:secret@a.test/#auth=digest").put("/", pieces(bytes(1 << 20), b"end"))
            assert [len(heard.body) for heard in server.heard] == [0, (1 << 20) + 3]

    async def test_a_challenge_that_cannot_be_read(self) -> None:
        async with scripted(lambda _: answer(401, www_authenticate="=?=")) as (stage, _):
            with pytest.raises(Unauthenticated):
                await stage.client("http://ann:secret@a.test/").get("/")


class TestCookies:
    async def test_they_come_back(self) -> None:
        async with scripted(lambda _: answer(200, set_cookie="sid=1; Path=/")) as (stage, server):
            client = stage.client("http://a.test/#cookie=x%3Dy")
            await client.get("/")
            await client.get("/")
            assert [heard.field("cookie") for heard in server.heard] == ["x=y", "x=y; sid=1"]

    async def test_they_are_set_on_the_way(self) -> None:
        def script(heard: Heard) -> bytes:
            return answer(302, location="/x", set_cookie="sid=1; Path=/") if heard.target == "/" else answer()

        async with scripted(script) as (stage, server):
            await stage.client("http://a.test/").get("/")
            assert [heard.field("cookie") for heard in server.heard] == [None, "sid=1"]


class TestConnections:
    async def test_one_that_was_closed_meanwhile_is_replaced(self) -> None:
        calls = iter(range(10))

        def script(heard: Heard) -> bytes:
            return b"" if next(calls) == 1 else answer(200, b"x")

        async with scripted(script) as (stage, server):
            client = stage.client("http://a.test/")
            for _ in range(2):
                reply = await client.get("/")
                assert await collected(reply.chunks()) == b"x"
            assert server.connections == 2

    async def test_a_post_is_not_sent_twice(self) -> None:
        calls = iter(range(10))

        def script(heard: Heard) -> bytes:
            return b"" if next(calls) == 1 else answer(200, b"x")

        async with scripted(script) as (stage, server):
            client = stage.client("http://a.test/")
            await collected((await client.get("/")).chunks())
            with pytest.raises(ConnectionLost):
                await client.send(Message(payload=b"pay"))
            assert len(server.heard) == 2


class TestWhatMayNotBeSaid:
    @pytest.mark.parametrize(
        "fragment",
        [
            "headers=X:%20a%0D%0AY:%20b",
            "headers=X:%20a%0A",
            "headers=X:%20a%00",
            "headers=nonsense",
            "method=GET%0D%0A",
            "method=",
            "user_agent=a%0D%0Ab",
            "token=a%0D%0Ab",
            "cookie=a%3Db%0D%0A",
            "range=0-1%0D%0A",
            "type=text/plain%0D%0A",
        ],
    )
    async def test_nothing_is_sent(self, fragment: str) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            if fragment == "method=":
                await stage.client(f"http://a.test/#{fragment}").get("/")
                return
            client = stage.client(f"http://a.test/#{fragment}")
            with pytest.raises(LocalProtocolError):
                await (client.send(Message(payload=b"x")) if "type" in fragment else client.get("/"))
            assert not server.heard

    @pytest.mark.parametrize("path", ["/a b", "/a\r\nX: 1", "/\0", "/a\n"])
    async def test_paths(self, path: str) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            with pytest.raises(LocalProtocolError):
                await stage.client("http://a.test/").get(path)
            assert not server.heard

    async def test_a_name_with_a_line_of_its_own(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            with pytest.raises(LocalProtocolError):
                await stage.client("http://ann%0D%0A:x@a.test/").get("/")
            assert not server.heard


async def test_a_server_that_closes_without_a_word() -> None:
    async with scripted(lambda _: b"") as (stage, _):
        with pytest.raises(ConnectionLost) as caught:
            await stage.client("http://a.test/x").get("/x")
        assert "Try https://a.test:80/x" in caught.value.hint
