"""Exchanges said in HTTP/1.1: lengths are right, codings gone, and nothing breaks a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.har import Request, Response
from netloom.wire.http.har.messages import request_octets, response_octets
from netloom.wire.http.passive.exchanges import Exchanges

GET = Request(method="GET", url="https://ann:secret@h:81/a?b=c#d", version="h2", fields=(("accept", "*/*"),))


def test_a_question() -> None:
    plain = b"Accept-Encoding: identity\r\nConnection: close\r\n"
    assert request_octets(GET) == b"GET /a?b=c HTTP/1.1\r\nHost: h:81\r\naccept: */*\r\n" + plain + b"\r\n"
    fields = (("Content-Length", "99"), ("Host", "x"), ("accept-encoding", "br"), ("Connection", "keep-alive"))
    post = Request(method="POST", url="http://h", fields=fields, body=b"four")
    assert request_octets(post) == b"POST / HTTP/1.1\r\nHost: h\r\n" + plain + b"Content-Length: 4\r\n\r\nfour"


def test_an_answer() -> None:
    fields = (("content-encoding", "gzip"), ("transfer-encoding", "chunked"), ("set-cookie", "a=1\nb=2"))
    said = response_octets(GET, Response(status=200, reason="Fine", fields=fields, body=b"warp"))
    assert said == (
        b"HTTP/1.1 200 Fine\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwarp"
    )
    assert response_octets(GET, Response(status=304)) == b"HTTP/1.1 304 \r\nConnection: close\r\n\r\n"


_FIELDS = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=12)), max_size=4).map(tuple)


@given(
    st.builds(Request, method=st.text(max_size=6), url=st.text(max_size=20).map("http://h/{}".format), fields=_FIELDS),
    st.builds(
        Response, status=st.integers(200, 599), reason=st.text(max_size=8), fields=_FIELDS, body=st.binary(max_size=9)
    ),
)
def test_whatever_stands_there_it_is_one_message(request_: Request, response: Response) -> None:
    talk = Exchanges()
    assert talk.feed("client", request_octets(request_), 1) == []
    (pair,) = talk.feed("server", response_octets(request_, response), 2)
    empty = request_.method == "HEAD" or response.status in (204, 304)
    assert (pair.status, bytes(pair.response.body)) == (response.status, b"" if empty else response.body)
    assert talk.close() == []
