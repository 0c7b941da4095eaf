"""TLS: a stream of bytes that nobody else reads (RFC 8446)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="tls",
    rfc="RFC 8446",
    summary="any bytes over TLS, and what its certificate says",
    schemes={"tls": Scheme(None, "tls")},
    contents=("echo", "handler", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="send", place="#reply=some", text="hello"),),
    example="netloom probe tls://example.com:443",
    recognise=(Pattern(bytes=b"\x16\x03", confirm=".decode:is_hello"), Pattern(bytes=b"\x15\x03", sender="server")),
)
