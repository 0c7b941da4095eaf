"""Unix sockets: a stream of bytes between programs on one machine (unix(7))."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="unix",
    rfc="unix(7)",
    summary="any bytes over a Unix socket",
    schemes={"unix": Scheme(None, "unix")},
    contents=("echo", "handler", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="send", place="#reply=some", text="hello"),),
    example="netloom connect unix:///run/app.sock",
)
