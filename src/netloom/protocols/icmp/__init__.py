"""ICMP: is a host there, how far, and what does the way say about it (RFC 792, RFC 4443)?"""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="icmp",
    rfc="RFC 792",
    summary="ping: is a host there, and how far?",
    schemes={"icmp": Scheme(0, "icmp")},
    contents=("echo", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="get", place="#count=2,interval=0.05"), Sample(verb="send", text="warp and weft")),
    example="netloom probe icmp://example.com",
)
