"""FTP: files, in the way of 1985, with TLS where both sides know it (RFC 959, 1123, 2228, 2389, 2428, 3659, 4217)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_LETTERS = b"\xdf\xdf\xdf\xdf\xff"  # upper and lower case are the same

_COMMANDS = (
    "USER", "PASS", "ACCT", "REIN", "QUIT", "AUTH", "PBSZ", "PROT", "CCC", "HOST", "PASV", "EPSV", "PORT",
    "EPRT", "PWD", "XPWD", "CWD", "XCWD", "CDUP", "XCUP", "SIZE", "MDTM", "MLST", "STAT", "MKD", "XMKD",
    "RMD", "XRMD", "DELE", "RNFR", "RNTO", "TYPE", "MODE", "STRU", "REST", "ABOR", "ALLO", "NOOP", "CLNT",
    "SYST", "SITE", "FEAT", "OPTS", "HELP", "RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD",
)  # fmt: skip

PROTOCOL = Protocol(
    name="ftp",
    rfc="RFC 959",
    summary="files: get, put, list and change them",
    schemes={"ftp": Scheme(21, "tcp", starttls=True), "ftps": Scheme(990, "tls")},
    contents=("files",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom get ftp://127.0.0.1/hello.txt",
    samples=(
        Sample(verb="put", place="/loom.txt", text="warp and weft"),
        Sample(verb="get", place="/loom.txt"),
        Sample(verb="list", place="/"),
        Sample(verb="run", text="stat /loom.txt"),
    ),
    steps=(Step("greeting"), Step("transfer", "any command that has one"), *map(Step, _COMMANDS)),
    refusals=(
        Refusal("421", "greeting", "the service isn't available, and the connection ends"),
        Refusal("530", "PASS", "not logged in"),
        Refusal("4xx", "transfer", "not now: RETR, STOR, APPE, STOU, LIST, NLST and MLSD are transfers"),
        Refusal("5xx", "transfer", "no, and not later either"),
    ),
    recognise=(
        Pattern(bytes=b"USER ", mask=_LETTERS, confirm=".decode:is_login"),
        Pattern(bytes=b"AUTH TLS\r\n", mask=_LETTERS + b"\xdf\xdf\xdf\xff\xff"),
        Pattern(bytes=b"220", sender="server", confirm=".decode:is_greeting"),
    ),
)
