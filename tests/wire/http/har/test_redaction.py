"""What others may see of an exchange: no password, token or cookie, wherever HTTP has a place for them."""

from __future__ import annotations

from netloom.wire.http.har import Exchange, Request, Response
from netloom.wire.http.har.emit import emit
from netloom.wire.http.har.redaction import redacted

CANARY = "canary-8812"


def test_nothing_tells_a_secret() -> None:
    exchange = Exchange(
        started=0,
        request=Request(
            method="POST",
            url=f"https://ann:{CANARY}@h/a?page=2&access_token={CANARY}",
            fields=(
                ("Authorization", f"Bearer {CANARY}"), ("cookie", f"sid={CANARY}"), ("X-Api-Key", CANARY),
                ("Referer", f"https://h/?token={CANARY}"), ("Accept", "text/html"),
                ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ),
            body=f"name=ann&password={CANARY}".encode(),
        ),
        response=Response(
            status=302,
            fields=(("Set-Cookie", f"sid={CANARY}; Path=/"), ("Location", f"/?session={CANARY}")),
            body=b"moved",
        ),
    )  # fmt: skip
    assert emit(exchange).count(CANARY.encode()) >= 10
    shown = redacted(exchange)
    assert CANARY.encode() not in emit(shown)
    assert shown.request.url == "https://•••@h/a?page=2&access_token=•••"
    assert shown.request.field("accept") == "text/html"
    assert shown.request.field("authorization") == "Bearer •••"
    assert shown.request.body.startswith(b"name=ann&password=")
    assert shown.response.body == b"moved"
