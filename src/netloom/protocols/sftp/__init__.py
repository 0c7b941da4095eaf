"""SFTP: files over SSH (draft-ietf-secsh-filexfer-02)."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="sftp",
    rfc="draft-ietf-secsh-filexfer-02",
    summary="files over SSH",
    schemes={"sftp": Scheme(22, "ssh", channel="sftp")},
    contents=("files",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    identity=".server:identity",
    example="netloom get sftp://ann@127.0.0.1:2222/hello.txt",
    samples=(
        Sample(verb="get", place="/hello.txt"),
        Sample(verb="put", place="/notes.txt", text="warp and weft\n"),
        Sample(verb="list", place="/"),
        Sample(verb="run", text="stat /hello.txt"),
    ),
)
