"""WebSocket: messages both ways, over HTTP/1.1 and HTTP/2 (RFC 6455, RFC 8441)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="ws",
    rfc="RFC 6455",
    summary="messages both ways, through the port of the web",
    schemes={"ws": Scheme(80, "http", channel="websocket"), "wss": Scheme(443, "https", channel="websocket")},
    contents=("echo", "bus", "handler"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom listen wss://example.com/news",
    samples=(Sample(verb="send", text="warp and weft"),),
    recognise=(Pattern(bytes=b"GET ", holds=b"websocket", confirm=".decode:is_handshake"),),
)
