"""gRPC's status codes, and what HTTP's own mean where no grpc-status came (gRPC's documents on both)."""

from __future__ import annotations

from enum import IntEnum

RULE = "gRPC over HTTP/2"
"""What a broken rule cites: gRPC has no RFC, this is the name of its specification."""


class Code(IntEnum):
    """How a call ended."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


_HTTP = {
    400: Code.INTERNAL,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    404: Code.UNIMPLEMENTED,
    429: Code.UNAVAILABLE,
    502: Code.UNAVAILABLE,
    503: Code.UNAVAILABLE,
    504: Code.UNAVAILABLE,
}
_RESETS = {7: Code.UNAVAILABLE, 8: Code.CANCELLED, 11: Code.RESOURCE_EXHAUSTED, 12: Code.PERMISSION_DENIED}


def parse(text: str) -> Code:
    """What grpc-status says. A number that nobody knows is UNKNOWN, as the specification has it, and so is a word."""
    try:
        return Code(int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else Code.UNKNOWN
    except ValueError:
        return Code.UNKNOWN


def of_http(status: int) -> Code:
    """What an HTTP status means that came instead of a grpc-status."""
    return _HTTP.get(status, Code.UNKNOWN)


def of_reset(error_code: int) -> Code:
    """What a stream's reset means: REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY; or INTERNAL."""
    return _RESETS.get(error_code, Code.INTERNAL)
