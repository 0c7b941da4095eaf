"""SSH: a shell and commands elsewhere, encrypted (RFC 4251 to RFC 4254)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="ssh",
    rfc="RFC 4251",
    summary="a shell and commands elsewhere",
    schemes={"ssh": Scheme(22, "ssh")},
    contents=("shell",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    identity=".server:identity",
    example="netloom run ssh://ann@127.0.0.1:2222 'uname -a'",
    samples=(Sample(verb="run", text="echo loom; uname"),),
    recognise=(
        Pattern(bytes=b"SSH-2.0-"),
        Pattern(bytes=b"SSH-", sender="server"),
    ),
)
