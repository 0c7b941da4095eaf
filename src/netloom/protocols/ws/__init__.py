"""WebSocket: messages both ways, over HTTP/1.1 and HTTP/2 (RFC 6455, RFC 8441)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

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
    replay=".replay:Replay",
    example="netloom listen wss://example.com/news",
    samples=(Sample(verb="send", text="warp and weft"),),
    steps=(Step("open", "after the handshake"), Step("message", "one that came")),
    refusals=(
        Refusal("1001", "open", "the server goes away"),
        Refusal("1002", "open", "something broke the protocol"),
        Refusal("1003", "open", "data of a kind that isn't taken"),
        Refusal("1007", "open", "data that is no text"),
        Refusal("1008", "open", "against the server's policy"),
        Refusal("1009", "open", "a message that is too big"),
        Refusal("1010", "open", "an extension was expected"),
        Refusal("1011", "open", "the server failed"),
        Refusal("1012", "open", "the server begins anew"),
        Refusal("1013", "open", "not now: try again later"),
        Refusal("3xxx", "open", "a library's or application's own"),
        Refusal("4xxx", "open", "an application's own"),
    ),
    recognise=(Pattern(bytes=b"GET ", holds=b"websocket", confirm=".decode:is_handshake"),),
)
