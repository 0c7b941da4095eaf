from __future__ import annotations

import pytest

from netloom.wire.grpc import status
from netloom.wire.grpc.status import Code


@pytest.mark.parametrize("code", Code)
def test_each_is_read(code: Code) -> None:
    assert status.parse(str(int(code))) is code


@pytest.mark.parametrize("text", ["17", "99", "-1", "", "1.0", "OK", "+1", "²", "1" * 5000])
def test_what_isnt_known(text: str) -> None:
    assert status.parse(text) is Code.UNKNOWN


def test_http() -> None:
    """http-grpc-status-mapping.md."""
    given = (400, 401, 403, 404, 429, 502, 503, 504, 200, 500, 418)
    said = "INTERNAL UNAUTHENTICATED PERMISSION_DENIED UNIMPLEMENTED UNAVAILABLE UNAVAILABLE UNAVAILABLE UNAVAILABLE"
    assert [status.of_http(number).name for number in given] == [*said.split(), "UNKNOWN", "UNKNOWN", "UNKNOWN"]


def test_resets() -> None:
    """gRPC over HTTP/2, Errors."""
    assert [status.of_reset(code).name for code in (0, 1, 2, 3, 7, 8, 11, 12, 13, 999)] == [
        "INTERNAL", "INTERNAL", "INTERNAL", "INTERNAL", "UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED",
        "PERMISSION_DENIED", "INTERNAL", "INTERNAL",
    ]  # fmt: skip
