from __future__ import annotations

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.protocols.socketio.server import LONE, ok, saying, scripted


async def test_what_every_request_says() -> None:
    options = {"headers": "X-A: b", "origin": "https://a.example", "place": "/live"}
    talk = saying(LONE, ">40", "40")
    for transport in ("polling", "websocket"):
        async with scripted(ok(LONE), ok("ok"), ok("40"), ok("ok"), ok("ok"), talk=talk) as server:
            attempt = server.attempt("/n?a=b", transport=transport, **options)
            client = type(attempt.client)(attempt.dial, attempt.endpoint.replace(user="ann"), attempt.client.options)
            await client.begin()
            await client.close()
        for head, _ in server.asked:
            assert head.split()[1].startswith(f"/live/?EIO=4&transport={transport}")
            assert head.split()[1].endswith("&a=b")
            for line in ("x-a: b", "origin: https://a.example", "authorization: Basic YW5uOg=="):
                assert f"\r\n{line}\r\n" in head


async def test_tls_and_what_it_agrees_on(tmp_path: object) -> None:
    authority = Authority.create()
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)  # type: ignore[operator]

    async def drop(record: object) -> None:
        """Nobody reads."""

    async with Serving([Endpoint.parse("socketios://127.0.0.1:0")], [Bus()], authority=authority) as serving:
        for version in ("", "1.1", "2"):
            for transport in ("upgrade", "polling", "websocket"):
                options = [
                    ("ca", f"{tmp_path}/ca.pem"),
                    ("version", version),
                    ("transport", transport),
                    ("reply", "ack"),
                ]
                async with Toolbox(drop).attempt(serving.endpoint.with_options(options), 10.0) as attempt:
                    reply = await attempt.client.send(Message(payload=b"x"))
                    assert reply.meta["transport"] == ("polling" if transport == "polling" else "websocket")
                    response = attempt.client.dialogue.way.response
                    wanted = "2" if version == "2" or (version == "" and transport == "polling") else "1.1"
                    assert response.version == wanted
                assert attempt.error is None
