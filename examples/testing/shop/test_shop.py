"""The shop's client meets a real web server whose answers the tests tell."""

import pytest
import requests

from netloom import Blocked

from shop import Supplier


@pytest.fixture
def supplier(http_server):
    made = Supplier(http_server.url, "k-1", pause=0.01)
    yield made
    made.close()


def test_an_order_is_sent_as_agreed(supplier, http_server):
    http_server.answer("/orders", json={"number": 7}, status=201, method="POST")
    assert supplier.order("warp", 3) == 7
    (request,) = http_server.received
    assert request.json == {"article": "warp", "count": 3}
    assert request.headers["x-api-key"] == "k-1"
    assert request.headers["content-type"] == "application/json"


def test_too_many(supplier, http_server):
    http_server.answer("/orders", json={"reason": "2 left"}, status=409)
    with pytest.raises(ValueError, match="2 left"):
        supplier.order("warp", 3)


def test_what_isnt_sold(supplier, http_server):
    http_server.answer("/stock/warp", json={"count": 2})
    assert supplier.stock("warp") == 2
    assert supplier.stock("weft") is None


def test_page_by_page(supplier, http_server):
    def page(request):
        number = int(request.parameters.get("page", 1))
        more = f', "next": "/articles?page={number + 1}"' if number < 3 else ""
        return f'{{"articles": ["a{number}", "b{number}"]{more}}}'

    http_server.answer("/articles", page)
    assert list(supplier.everything()) == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_asked_again_while_it_is_busy(supplier, http_server):
    http_server.answer("/stock/*", status=503, headers={"Retry-After": "0"}, times=2)
    http_server.answer("/stock/*", json={"count": 2})
    assert supplier.stock("warp") == 2
    assert len(http_server.received) == 3


def test_the_server_itself_says_no(supplier, http_server):
    http_server.answer("/stock/*", json={"count": 2})
    http_server.refuse("502", times=1)
    assert supplier.stock("warp") == 2


def test_an_order_isnt_sent_twice(supplier, http_server):
    http_server.answer("/orders", status=503)
    with pytest.raises(requests.HTTPError, match="503"):
        supplier.order("warp", 3)
    assert len(http_server.received) == 1


def test_broken_off_within_an_answer(supplier, http_server):
    http_server.answer("/stock/*", json={"count": 2, "padding": "x" * 10_000})
    with http_server.fault("reset:5000"), pytest.raises(requests.RequestException):
        supplier.stock("warp")
    assert supplier.stock("warp") == 2


def test_a_reset_before_the_answer_is_asked_again(supplier, http_server):
    http_server.answer("/stock/*", json={"count": 2})
    http_server.fault("reset:on=1-2")
    assert supplier.stock("warp") == 2


def test_slow_but_in_time(supplier, http_server):
    http_server.answer("/stock/*", json={"count": 2})
    http_server.fault("latency:50ms:jitter=20ms")
    assert supplier.stock("warp") == 2


def test_too_slow(http_server):
    http_server.answer("/orders", json={"number": 7})
    http_server.fault("latency:1s")
    supplier = Supplier(http_server.url, "k-1", timeout=0.1)
    with pytest.raises(requests.Timeout):
        supplier.order("warp", 1)
    supplier.close()


def test_only_a_certificate_of_the_suppliers(serve):
    server = serve("https")
    server.answer("/stock/*", json={"count": 2})
    supplier = Supplier(server.url, "k-1", verify=server.ca, pause=0.01)
    assert supplier.stock("warp") == 2
    supplier.close()
    for flaw in ("expired", "early", "name", "untrusted"):
        with server.fault(f"certificate:{flaw}"), pytest.raises(requests.exceptions.SSLError):
            supplier.stock("warp")
        supplier.close()


@pytest.mark.xfail(raises=Blocked, strict=True, reason="the network is off, and the guard says who dialled")
def test_nobody_asks_the_real_supplier():
    Supplier("https://supplier.example", "k-1").stock("warp")
