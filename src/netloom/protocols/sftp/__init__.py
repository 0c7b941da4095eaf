"""SFTP: files over SSH (draft-ietf-secsh-filexfer-02)."""

from netloom.shapes import Protocol, Refusal, Sample, Scheme, Step

_REQUESTS = (
    "OPEN", "CLOSE", "READ", "WRITE", "LSTAT", "STAT", "FSTAT", "SETSTAT", "FSETSTAT", "OPENDIR",
    "READDIR", "REMOVE", "MKDIR", "RMDIR", "REALPATH", "RENAME", "EXTENDED",
)  # fmt: skip

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
    steps=tuple(map(Step, _REQUESTS)),
    refusals=(
        Refusal("EOF", "OPEN", "the end, where there is more", 1),
        Refusal("NO_SUCH_FILE", "OPEN", "there is no such file", 2),
        Refusal("PERMISSION_DENIED", "OPEN", "whoever asks may not", 3),
        Refusal("FAILURE", "OPEN", "for another reason", 4),
        Refusal("BAD_MESSAGE", "OPEN", "the message isn't right", 5),
        Refusal("NO_CONNECTION", "OPEN", "there is no connection", 6),
        Refusal("CONNECTION_LOST", "OPEN", "the connection has gone", 7),
        Refusal("OP_UNSUPPORTED", "OPEN", "that can't be done here", 8),
    ),
)
