"""Answers: which are given, and what is kept of requests; met by requests, a foreign client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
import websockets.exceptions
import websockets.sync.client

from netloom.errors import UsageError
from netloom.testing import Answers, Server
from netloom.testing import answers as module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.testing import Request

TIMEOUT = 10


@pytest.fixture
def server() -> Iterator[Server]:
    with Server("http") as made:
        yield made


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


def test_json_text_octets_and_a_function(server: Server, session: requests.Session) -> None:
    server.answer("/json", json={"id": 1}, status=201, headers={"ETag": '"1"'})
    server.answer("/text", "grüße")
    server.answer("/octets", b"\xff", headers={"Content-Type": "image/x"})
    server.answer("/echo", lambda request: request.text.upper())
    answer = session.get(f"{server.url}/json", timeout=TIMEOUT)
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (201, {"id": 1}, '"1"')
    assert answer.headers["content-type"] == "application/json"
    assert session.get(f"{server.url}/text", timeout=TIMEOUT).text == "grüße"
    answer = session.get(f"{server.url}/octets", timeout=TIMEOUT)
    assert (answer.content, answer.headers["content-type"]) == (b"\xff", "image/x")
    assert session.post(f"{server.url}/echo", data=b"warp", timeout=TIMEOUT).text == "WARP"
    assert session.head(f"{server.url}/text", timeout=TIMEOUT).content == b""


def test_a_request_is_kept_whole(server: Server, session: requests.Session) -> None:
    server.answer("*", "")
    session.post(f"{server.url}/a?b=1&c=&b=2", data={"d": "é"}, headers={"X-One": "1"}, timeout=TIMEOUT)
    session.put(f"{server.url}/j", json=[1], timeout=TIMEOUT)
    first, second = server.received
    assert isinstance(server.content, Answers)
    assert (first.method, first.path, first.query) == ("POST", "/a", "b=1&c=&b=2")
    assert first.parameters == {"b": "2", "c": ""}
    assert first.form == {"d": "é"}
    assert first.headers["x-one"] == "1"
    assert (second.method, second.json) == ("PUT", [1])
    with pytest.raises(ValueError, match="Expecting value"):
        _ = first.json


def test_in_their_order_and_so_often(server: Server, session: requests.Session) -> None:
    server.answer("/a", status=503, times=2)
    told = server.answer("/a", "at last")
    found = [session.get(f"{server.url}/a", timeout=TIMEOUT).status_code for _ in range(4)]
    assert found == [503, 503, 200, 200]
    assert told.given == 2


def test_without_end_the_last_one_counts(server: Server, session: requests.Session) -> None:
    server.answer("/a", "one")
    server.answer("/a", "get", method="get")
    server.answer("/a", "two")
    assert session.post(f"{server.url}/a", timeout=TIMEOUT).text == "two"
    assert session.get(f"{server.url}/a", timeout=TIMEOUT).text == "get"


def test_what_nobody_told_is_404_with_words(server: Server, session: requests.Session) -> None:
    answer = session.get(f"{server.url}/x", timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (
        404,
        "no answer was told for GET /x\n\nAnswers:\nnone was told\n",
    )
    server.answer("/orders/*", status=204, method="POST", times=3)
    assert "- POST /orders/*: 204, 0 of 3 times\n" in session.get(f"{server.url}/orders/1", timeout=TIMEOUT).text
    assert len(server.received) == 2


def test_a_body_that_is_too_large(server: Server, session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 10)
    server.answer("/", "")
    assert session.post(server.url, data=b"x" * 11, timeout=TIMEOUT).status_code == 413
    assert session.post(server.url, data=b"x" * 10, timeout=TIMEOUT).status_code == 200
    assert [len(request.body) for request in server.received] == [10]


def test_a_function_that_fails_is_a_failing_server(server: Server, session: requests.Session) -> None:
    def broken(request: Request) -> bytes:
        raise RuntimeError(request.path)

    server.answer("/", broken)
    assert session.get(server.url, timeout=TIMEOUT).status_code == 500


def test_no_websocket_is_taken(server: Server) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus, match="403"):
        websockets.sync.client.connect(server.url.replace("http", "ws")).close()


def test_a_refusal_comes_before_all_answers(server: Server, session: requests.Session) -> None:
    server.answer("/", "hello")
    with server.refuse("429", times=1):
        assert session.get(server.url, timeout=TIMEOUT).status_code == 429
        assert session.get(server.url, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize(
    ("path", "wanted", "wrong"),
    [
        ("orders", {}, "no path"),
        ("/", {"status": 99}, "no status"),
        ("/", {"body": "x", "json": 1}, "one body"),
    ],
)
def test_what_cant_be_meant_is_told(path: str, wanted: dict[str, object], wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        Answers().answer(path, **wanted)  # type: ignore[arg-type]
