"""POP3: mail to be fetched (RFC 1939)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="pop3",
    rfc="RFC 1939",
    summary="mail to be fetched: list it, and get messages",
    schemes={"pop3": Scheme(110, "tcp", starttls=True), "pop3s": Scheme(995, "tls")},
    contents=("mail",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom get pop3s://ann@mail.example.org/1",
    samples=(Sample(verb="list"), Sample(verb="get", place="/1")),
    recognise=(Pattern(bytes=b"+OK", sender="server"),),
)
