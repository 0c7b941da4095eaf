"""UDP: datagrams, and no meaning (RFC 768)."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="udp",
    rfc="RFC 768",
    summary="any datagrams",
    schemes={"udp": Scheme(None, "udp")},
    contents=("echo", "handler", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="send", place="#reply=some", text="hello"),),
    example="netloom send udp://127.0.0.1:9 hello",
)
