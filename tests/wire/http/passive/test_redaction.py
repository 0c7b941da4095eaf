"""What people may see."""

from __future__ import annotations

import pytest

from netloom.wire.http.passive.redaction import shown_field, shown_target


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Basic canary",
        "Authorization: canary",
        "proxy-authorization: Digest response=canary",
        "Cookie: a=canary",
        "Set-Cookie: a=canary; Secure",
        "X-Api-Key: canary",
        "X-Auth-Token: canary",
        "Location: http://ann:canary@h/?access_token=canary",
        "X-Amz-Security-Token: canary",
    ],
)
def test_secrets_are_dots(line: str) -> None:
    shown = shown_field(line)
    assert "canary" not in shown
    assert "•••" in shown


def test_the_rest_is_shown() -> None:
    for line in ("Content-Type: text/html", 'WWW-Authenticate: Basic realm="x"', "no field", "Accept: */*"):
        assert shown_field(line) == line
    assert shown_target("GET /a?x=1&password=canary&y=2 HTTP/1.1") == "GET /a?x=1&password=•••&y=2 HTTP/1.1"
