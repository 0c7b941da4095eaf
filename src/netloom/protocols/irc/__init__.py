"""IRC: channels in which people and programs talk (RFC 1459, RFC 2812, IRCv3)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_LETTERS = b"\xdf\xdf\xdf\xdf\xff"  # upper and lower case are the same

_COMMANDS = (
    "CAP", "AUTHENTICATE", "PASS", "NICK", "USER", "PING", "PONG", "QUIT", "ERROR", "JOIN", "PART", "KICK",
    "INVITE", "NAMES", "LIST", "TOPIC", "MODE", "PRIVMSG", "NOTICE", "TAGMSG", "AWAY", "SETNAME", "WHO",
    "WHOIS", "WHOWAS", "ISON", "USERHOST", "MONITOR", "MOTD", "LUSERS", "VERSION", "TIME", "STATS", "INFO",
    "HELP", "LINKS", "OPER", "KILL", "REHASH", "RESTART", "DIE", "WALLOPS", "SQUIT", "CONNECT",
)  # fmt: skip

PROTOCOL = Protocol(
    name="irc",
    rfc="RFC 2812 and IRCv3",
    summary="channels in which people and programs talk",
    schemes={"irc": Scheme(6667, "tcp"), "ircs": Scheme(6697, "tls")},
    contents=("bus",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom listen ircs://127.0.0.1/weaving",
    samples=(Sample(verb="list", place="/weaving"), Sample(verb="send", place="/weaving", text="warp and weft")),
    steps=(
        Step("connect"),
        Step("registration"),
        Step("command", "any of somebody who is registered"),
        *map(Step, _COMMANDS),
    ),
    refusals=(
        Refusal("433", "NICK", "the name is taken"),
        Refusal("464", "registration", "the password isn't right, and the connection ends"),
        Refusal("465", "registration", "banned, and the connection ends"),
        Refusal("904", "AUTHENTICATE", "who you are isn't shown by that"),
        Refusal("4xx", "command", "no, to any command of somebody who is registered"),
        Refusal("5xx", "command", "no, or not here"),
        Refusal("ERROR", "connect", "the server closes the link"),
    ),
    recognise=(
        Pattern(bytes=b"CAP L", mask=_LETTERS),
        Pattern(bytes=b"NICK ", mask=_LETTERS),
        Pattern(bytes=b"PASS ", mask=_LETTERS, confirm=".decode:is_registration"),
        Pattern(bytes=b":", sender="server", confirm=".decode:is_greeting"),
        Pattern(bytes=b"NOTICE ", sender="server", confirm=".decode:is_greeting"),
        Pattern(bytes=b"ERROR :", sender="server"),
    ),
)
