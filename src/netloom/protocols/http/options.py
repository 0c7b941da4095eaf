"""What HTTP can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret

Count = Annotated[int, Meta(ge=0, le=1000)]
Size = Annotated[int, Meta(ge=1, le=2**60)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of http:// and https://. Lists are given by repeating the option."""

    # What is asked
    method: Annotated[str, Meta(description="the request's method (by default the verb's own: GET, PUT, POST)")] = ""
    headers: Annotated[
        list[str], Meta(description="'Name: value' to send; 'Name:' leaves one out, 'Name;' sends it empty")
    ] = []
    user_agent: Annotated[str, Meta(description="what User-Agent says")] = "netloom"
    version: Annotated[
        Literal["", "1.1", "2", "2-prior", "3"],
        Meta(description="HTTP's version (2-prior: HTTP/2 without TLS and without asking; 3: over QUIC)"),
    ] = ""
    range: Annotated[str, Meta(description="only these bytes: 0-99, 500- or -500")] = ""
    compressed: Annotated[bool, Meta(description="accept gzip, deflate, br and zstd, and undo them")] = True
    # What is sent
    type: Annotated[str, Meta(description="the body's media type, or json, form, text, binary")] = ""
    json: Annotated[list[str], Meta(description="a field of a JSON object to send: NAME=TEXT or NAME:=JSON")] = []
    form: Annotated[list[str], Meta(description="a field of a form to send: NAME=VALUE")] = []
    multipart: Annotated[
        list[str], Meta(description="a part to send: NAME=VALUE or NAME=@FILE[;type=MEDIA/TYPE][;filename=NAME]")
    ] = []
    # Who asks
    auth: Annotated[
        Literal["", "basic", "digest", "any"],
        Meta(description="basic at once (digest if that is asked for), basic only, digest only, or what is asked for"),
    ] = ""
    token: Annotated[Secret | None, Meta(description="a bearer token (RFC 6750)")] = None
    cookie: Annotated[list[str], Meta(description="a cookie to send: NAME=VALUE")] = []
    cookies: Annotated[str, Meta(description="a file of cookies (curl's format) to read and to keep up to date")] = ""
    # How far it goes
    max_redirects: Annotated[Count, Meta(description="redirects to follow (0: none)")] = 10
    downgrade: Annotated[bool, Meta(description="follow a redirect from https to http")] = False
    fail: Annotated[bool, Meta(description="an answer of 400 and above is a failure")] = True
    max_size: Annotated[Size, Meta(description="bytes of a body that are read, decoded")] = 16 << 30
    max_ratio: Annotated[
        Size, Meta(description="how much larger a decoded body may be than what came (above 16 MiB)")
    ] = 200
    # Serving
    http3: Annotated[
        Literal["", "also", "only"],
        Meta(description="serving https: HTTP/3 on the UDP port of the same number as well (also), or alone (only)"),
    ] = ""
    max_body: Annotated[Size, Meta(description="serving: bytes of a request's body")] = 1 << 30
    index: Annotated[bool, Meta(description="serving: list directories that have no index.html")] = True
