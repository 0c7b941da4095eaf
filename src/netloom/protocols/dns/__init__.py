"""DNS: names to data, over UDP, TCP, TLS and HTTPS (RFC 1035, 7766, 7858, 8484)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="dns",
    rfc="RFC 1035",
    summary="ask, serve, transfer and update the data of names",
    schemes={"dns": Scheme(53, "udp+tcp"), "dot": Scheme(853, "tls"), "doh": Scheme(443, "https", path="/dns-query")},
    contents=("zone",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom get 'dns://9.9.9.9/example.com?type=MX'",
    samples=(
        Sample(verb="get", place="/example.test?type=MX,TXT"),
        Sample(verb="list", place="/example.test"),
        Sample(verb="put", place="/example.test", text="add new.example.test 300 A 192.0.2.123\n"),
    ),
    steps=(Step("question"), Step("datagram", "a question that came in one", over="udp+tcp")),
    refusals=(
        Refusal("SERVFAIL", "question", "the server can't tell", 2),
        Refusal("REFUSED", "question", "the server doesn't want to", 5),
        Refusal("NXDOMAIN", "question", "there is no such name", 3),
        Refusal("FORMERR", "question", "the server doesn't understand", 1),
        Refusal("NOTIMP", "question", "the server can't do that", 4),
        Refusal("TRUNCATED", "datagram", "the answer doesn't fit: ask over TCP"),
    ),
    recognise=(
        Pattern(offset=2, bytes=b"\x00\x00\x00\x01", mask=b"\xf8\x8f\xff\xff", confirm=".decode:is_query"),
        Pattern(offset=4, bytes=b"\x00\x00\x00\x01", mask=b"\xf8\x8f\xff\xff", confirm=".decode:is_framed_query"),
    ),
)
