"""TCP: a stream of bytes, and no meaning (RFC 9293)."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="tcp",
    rfc="RFC 9293",
    summary="any bytes over TCP",
    schemes={"tcp": Scheme(None, "tcp")},
    contents=("echo", "handler", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="send", place="#reply=some", text="hello"),),
    example="netloom probe tcp://127.0.0.1:22#banner",
)
