"""CoAP's numbers by name: types, methods, response codes, options, content formats (RFC 7252 §12, RFC 8132, IANA)."""

from __future__ import annotations

CON, NON, ACK, RST = range(4)
TYPES = ("CON", "NON", "ACK", "RST")

EMPTY = 0
GET, POST, PUT, DELETE, FETCH, PATCH, IPATCH = range(1, 8)
METHODS: dict[int, str] = {
    GET: "GET", POST: "POST", PUT: "PUT", DELETE: "DELETE", FETCH: "FETCH", PATCH: "PATCH", IPATCH: "iPATCH",
}  # fmt: skip


def code(major: int, minor: int) -> int:
    """`c.dd` as a number."""
    return major << 5 | minor


CREATED, DELETED, VALID, CHANGED, CONTENT, CONTINUE = (code(2, n) for n in (1, 2, 3, 4, 5, 31))
BAD_REQUEST, UNAUTHORIZED, BAD_OPTION, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE = (
    code(4, n) for n in range(7)
)
INCOMPLETE, CONFLICT, PRECONDITION_FAILED, TOO_LARGE, UNSUPPORTED_FORMAT, UNPROCESSABLE, TOO_MANY_REQUESTS = (
    code(4, n) for n in (8, 9, 12, 13, 15, 22, 29)
)
SERVER_ERROR, NOT_IMPLEMENTED, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT, PROXYING_NOT_SUPPORTED, HOP_LIMIT_REACHED = (
    code(5, n) for n in (0, 1, 2, 3, 4, 5, 8)
)
RESPONSES: dict[int, str] = {
    CREATED: "Created", DELETED: "Deleted", VALID: "Valid", CHANGED: "Changed", CONTENT: "Content",
    CONTINUE: "Continue", BAD_REQUEST: "Bad Request", UNAUTHORIZED: "Unauthorized", BAD_OPTION: "Bad Option",
    FORBIDDEN: "Forbidden", NOT_FOUND: "Not Found", METHOD_NOT_ALLOWED: "Method Not Allowed",
    NOT_ACCEPTABLE: "Not Acceptable", INCOMPLETE: "Request Entity Incomplete", CONFLICT: "Conflict",
    PRECONDITION_FAILED: "Precondition Failed", TOO_LARGE: "Request Entity Too Large",
    UNSUPPORTED_FORMAT: "Unsupported Content-Format", UNPROCESSABLE: "Unprocessable Entity",
    TOO_MANY_REQUESTS: "Too Many Requests", SERVER_ERROR: "Internal Server Error", NOT_IMPLEMENTED: "Not Implemented",
    BAD_GATEWAY: "Bad Gateway", UNAVAILABLE: "Service Unavailable", GATEWAY_TIMEOUT: "Gateway Timeout",
    PROXYING_NOT_SUPPORTED: "Proxying Not Supported", HOP_LIMIT_REACHED: "Hop Limit Reached",
}  # fmt: skip

IF_MATCH, URI_HOST, ETAG, IF_NONE_MATCH, OBSERVE, URI_PORT, LOCATION_PATH = 1, 3, 4, 5, 6, 7, 8
URI_PATH, CONTENT_FORMAT, MAX_AGE, URI_QUERY, HOP_LIMIT, ACCEPT, LOCATION_QUERY = 11, 12, 14, 15, 16, 17, 20
BLOCK2, BLOCK1, SIZE2, PROXY_URI, PROXY_SCHEME, SIZE1 = 23, 27, 28, 35, 39, 60
ECHO, NO_RESPONSE, REQUEST_TAG = 252, 258, 292

OPTIONS: dict[int, tuple[str, str, int, int, bool]] = {
    IF_MATCH: ("If-Match", "opaque", 0, 8, True),
    URI_HOST: ("Uri-Host", "string", 1, 255, False),
    ETAG: ("ETag", "opaque", 1, 8, True),
    IF_NONE_MATCH: ("If-None-Match", "empty", 0, 0, False),
    OBSERVE: ("Observe", "uint", 0, 3, False),
    URI_PORT: ("Uri-Port", "uint", 0, 2, False),
    LOCATION_PATH: ("Location-Path", "string", 0, 255, True),
    URI_PATH: ("Uri-Path", "string", 0, 255, True),
    CONTENT_FORMAT: ("Content-Format", "uint", 0, 2, False),
    MAX_AGE: ("Max-Age", "uint", 0, 4, False),
    URI_QUERY: ("Uri-Query", "string", 0, 255, True),
    HOP_LIMIT: ("Hop-Limit", "uint", 1, 1, False),
    ACCEPT: ("Accept", "uint", 0, 2, False),
    LOCATION_QUERY: ("Location-Query", "string", 0, 255, True),
    BLOCK2: ("Block2", "uint", 0, 3, False),
    BLOCK1: ("Block1", "uint", 0, 3, False),
    SIZE2: ("Size2", "uint", 0, 4, False),
    PROXY_URI: ("Proxy-Uri", "string", 1, 1034, False),
    PROXY_SCHEME: ("Proxy-Scheme", "string", 1, 255, False),
    SIZE1: ("Size1", "uint", 0, 4, False),
    ECHO: ("Echo", "opaque", 1, 40, False),
    NO_RESPONSE: ("No-Response", "uint", 0, 1, False),
    REQUEST_TAG: ("Request-Tag", "opaque", 0, 8, True),
}
"""Each option's name, format, shortest and longest value, and whether it may be there several times."""

TEXT, LINK_FORMAT, XML, OCTETS, EXI, JSON, CBOR = 0, 40, 41, 42, 47, 50, 60
FORMATS: dict[int, str] = {
    TEXT: "text/plain", LINK_FORMAT: "application/link-format", XML: "application/xml",
    OCTETS: "application/octet-stream", EXI: "application/exi", JSON: "application/json", CBOR: "application/cbor",
    51: "application/json-patch+json", 52: "application/merge-patch+json", 61: "application/cwt",
    110: "application/senml+json", 111: "application/sensml+json", 112: "application/senml+cbor",
    113: "application/sensml+cbor", 310: "application/senml+xml", 11542: "application/vnd.oma.lwm2m+tlv",
    11543: "application/vnd.oma.lwm2m+json", 11544: "application/vnd.oma.lwm2m+cbor",
}  # fmt: skip
"""Some of the content formats that IANA has numbered."""

ACK_TIMEOUT, ACK_RANDOM_FACTOR, MAX_RETRANSMIT = 2.0, 1.5, 4
EXCHANGE_LIFETIME = 247.0
MAX_AGE_DEFAULT = 60
"""RFC 7252 §4.8, §5.10.5."""


def code_name(number: int) -> str:
    """`GET`, `2.05 Content`, `3.01`."""
    if number in METHODS:
        return METHODS[number]
    dotted = f"{number >> 5}.{number & 31:02}"
    return f"{dotted} {RESPONSES[number]}" if number in RESPONSES else dotted


def dotted(number: int) -> str:
    """`2.05`."""
    return f"{number >> 5}.{number & 31:02}"


def format_name(number: int) -> str:
    """A content format in words."""
    return FORMATS.get(number, f"content format {number}")


def is_critical(number: int) -> bool:
    """Whether an option that isn't known must not be passed over (RFC 7252 §5.4.6)."""
    return bool(number & 1)
