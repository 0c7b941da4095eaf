"""HTTP: pages, files, forms and applications, in versions 1.1, 2 and 3 (RFC 9110, RFC 9112, RFC 9113, RFC 9114)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="http",
    rfc="RFC 9110",
    summary="pages, files, forms and web applications",
    schemes={"http": Scheme(80, "http"), "https": Scheme(443, "https")},
    contents=("files", "app"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    identity=".server:identity",
    around=".server:around",
    example="netloom probe https://example.com -e 'facts.status == 200'",
    samples=(
        Sample(verb="put", place="/loom.txt", text="warp and weft"),
        Sample(verb="get", place="/loom.txt"),
        Sample(verb="list", place="/"),
        Sample(verb="send", place="/note.txt#method=PUT", text="a thread"),
    ),
    steps=(
        Step("request"),
        Step("handshake", "a WebSocket's"),
        Step("GET, PUT …", "a method, in capitals", form="[A-Z][A-Z0-9_-]*"),
    ),
    refusals=(
        Refusal("4xx", "request", "the request's fault"),
        Refusal("5xx", "request", "the server's fault; 503 says when to come again"),
        Refusal("GOAWAY", "request", "the connection takes neither this nor others; in HTTP/1.1 503 and its end"),
    ),
    recognise=(
        Pattern(bytes=b"HTTP/1.", sender="server"),
        Pattern(bytes=b"PRI * HTTP/2.0\r\n"),
        *(
            Pattern(bytes=method.encode() + b" ", holds=b" http/1.")
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE")
        ),
    ),
)
