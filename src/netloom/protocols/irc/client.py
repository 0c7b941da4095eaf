"""IRC, the client's side: send to a channel or a nick, listen, list, or a conversation (RFC 2812, IRCv3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from netloom.errors import PeerRefused, Phase, UsageError
from netloom.protocols.irc.conversation import Conversation, RawConversation, heard
from netloom.protocols.irc.dialogue import Dialogue, Identity, is_no
from netloom.protocols.irc.limits import NICK_LIMIT
from netloom.protocols.irc.options import Options as IrcOptions
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire.credentials import Credentials
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import readable
from netloom.wire.irc.names import is_nick
from netloom.wire.sasl import Login

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.records import Message as Heard
    from netloom.wire.irc.message import Message

_DEFAULT = "netloom"


class Client:
    """One session, which the first verb begins. Where to talk is the URL's path: `/weaving` or `/%23weaving` is the
    channel #weaving, `/@ann` is ann, and several are divided by commas."""

    Options = IrcOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: IrcOptions) -> None:
        self.options = options
        self.dialogue: Dialogue | None = None
        self._dial = dial
        self._endpoint = endpoint
        self._joined: set[str] = set()
        self._conversation: Conversation | None = None

    async def begin(self, learnt: Callable[[Dialogue], None] = lambda _: None) -> Dialogue:
        """A session that is registered; `learnt` is called with it however far it came.

        Raises PeerRefused, Unauthenticated, Blocked where a password would have to be said without TLS.
        """
        if self.dialogue is None:
            identity = self._identity()
            dialogue = Dialogue(await self._dial.stream(), identity)
            try:
                await dialogue.register()
            finally:
                learnt(dialogue)
            self.dialogue = dialogue
        return self.dialogue

    async def send(self, message: Heard) -> Reply:
        """Say a text, line by line, to the message's topic, the endpoint's path or the option `channel`. Channels are
        joined before. Raises PeerRefused where that, or what is said, is refused."""
        wanted = message.topic or self._path()
        dialogue, options = await self.begin(), self.options
        text = message.payload.decode("utf-8", "surrogateescape")
        dialogue.link.enter(Phase.REQUEST)
        lines = 0
        targets = [_target(one, dialogue) for one in wanted.split(",") if one]
        for target in targets:
            if dialogue.is_channel(target):
                await self._join(target)
            lines += await dialogue.tell(target, text, notice=options.notice, burst=options.burst, pace=options.pace)
        return Reply({"to": targets, "lines": lines, "nick": dialogue.nick, "account": dialogue.account})

    async def listen(self, path: str) -> AsyncIterator[Heard]:
        """What is said in the channels, and to us, until the server or a kick ends it. The topic is the channel, or our
        nick."""
        wanted = unquote(path.strip("/")) or self._path()
        dialogue = await self.begin()
        for one in wanted.split(","):
            if one and dialogue.is_channel(target := _target(one, dialogue)):
                await self._join(target)
        dialogue.link.enter(Phase.TRANSFER)
        while True:
            said = await dialogue.hear()
            if said.command in ("PRIVMSG", "NOTICE") and "!" in said.source and not dialogue.is_me(said.nick):
                yield heard(said)
            elif said.command == "KICK" and len(said.params) > 1 and dialogue.is_me(said.params[1]):
                self._joined.discard(dialogue.fold(said.params[0]))
                if not self._joined:
                    raise PeerRefused(
                        f"{said.nick} kicked us from {said.params[0]}: {said.text[:300]}", code="KICK", text=said.text
                    )

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """The channels with their users (`size`) and topics (`value`); with a channel, who is in it."""
        wanted = unquote(path.strip("/"))
        dialogue = await self.begin()
        dialogue.link.enter(Phase.REQUEST)
        if wanted:
            channel = _target(wanted, dialogue)
            await self._join(channel)
            await dialogue.say("NAMES", channel)
        else:
            await dialogue.say("LIST")
        mark = await dialogue.mark()
        while not dialogue.is_mark(message := await dialogue.hear(), mark):
            if is_no(message):
                dialogue.refuse(message, "that isn't listed")
            for entry in _entries(message, dialogue):
                yield entry

    async def open(self) -> Conversation:
        """A conversation by hand, for `connect` and for Python: what is typed is said, `/COMMAND` is a command."""
        dialogue = await self.begin()
        if self.options.raw:
            self._conversation = RawConversation(dialogue, "")
            return self._conversation
        targets = [_target(one, dialogue) for one in self._path().split(",") if one]
        for target in targets:
            if dialogue.is_channel(target):
                await self._join(target)
        self._conversation = Conversation(dialogue, targets[0])
        return self._conversation

    async def close(self) -> None:
        """Say QUIT, and close."""
        dialogue, self.dialogue = self.dialogue, None
        if self._conversation is not None:
            await self._conversation.close()
        if dialogue is not None:
            await dialogue.quit()

    # Inside

    def _path(self) -> str:
        """Where the URL says that we talk."""
        path = unquote(self._endpoint.path.strip("/"))
        if "\ufffd" in path:
            raise UsageError("the path isn't UTF-8", hint="é is %C3%A9")
        wanted = path or self.options.channel
        if not wanted.strip(","):
            raise UsageError("it isn't said where to talk", hint="irc://HOST/CHANNEL, or irc://HOST/@NICK")
        return wanted

    async def _join(self, channel: str) -> None:
        dialogue, key = await self.begin(), self.options.channel_password
        if dialogue.fold(channel) not in self._joined:
            await dialogue.join(channel, key.reveal() if key is not None else "")
            self._joined.add(dialogue.fold(channel))

    def _identity(self) -> Identity:
        options, endpoint = self.options, self._endpoint
        password = endpoint.password.reveal() if endpoint.password else ""
        in_clear = options.allow_plain_auth or bool(endpoint.socket)
        server_password = options.server_password.reveal() if options.server_password is not None else ""
        login = None
        if options.sasl == "none":
            if password and server_password:
                raise UsageError("sasl=none says the password with PASS, and so does server_password")
            server_password = server_password or (f"{endpoint.user}:{password}" if password else "")
        elif options.sasl == "external" or password:
            login = Login(
                credentials=Credentials(endpoint.user, password), mechanism=options.sasl.upper(), in_clear=in_clear
            )
        elif options.sasl:
            raise UsageError(f"sasl={options.sasl} needs a user and a password", hint="ircs://USER:PASSWORD@HOST")
        nick = options.nick or (endpoint.user if is_nick(endpoint.user, NICK_LIMIT) else _DEFAULT)
        return Identity(
            nick=nick,
            username=options.username or (nick if is_nick(nick, NICK_LIMIT) else _DEFAULT),
            realname=options.realname,
            server_password=server_password,
            login=login,
            in_clear=in_clear,
        )


def _entries(message: Message, dialogue: Dialogue) -> Iterator[Entry]:
    """What a line of LIST or NAMES tells of."""
    if message.command == n.RPL_LIST and len(message.params) > 2:
        name, count = message.params[1:3]
        users = int(count) if count.isascii() and count.isdigit() and len(count) < 10 else None
        yield Entry(name=readable(name), kind="channel", size=users, value=readable(message.text))
    elif message.command == n.RPL_NAMREPLY:
        marks = dialogue.isupport.get("PREFIX", "(ov)@+").partition(")")[2]
        for one in message.text.split():
            nick = one.lstrip(marks)
            yield Entry(name=readable(nick.partition("!")[0]), kind="user", value=one[: len(one) - len(nick)])


def _target(text: str, dialogue: Dialogue) -> str:
    """A channel or a nick from what people write."""
    if text.startswith("@"):
        return text[1:]
    return text if dialogue.is_channel(text) else f"#{text}"
