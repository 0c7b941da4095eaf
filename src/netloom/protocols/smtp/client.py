"""SMTP, the client's side: a session that is greeted, secured and logged in, and mails sent over it (RFC 5321)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint, Secret
from netloom.links.entering import login_of, upgrade
from netloom.links.options import Seconds
from netloom.protocols.smtp.compose import compose
from netloom.protocols.smtp.dialogue import Delivery, Dialogue
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.dial import Dialler
    from netloom.records import Message


class SmtpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What SMTP can be told."""

    # The letter
    sender: Annotated[str, Meta(description="who it is from: ann@example.org, or Ann <ann@example.org>")] = ""
    to: Annotated[list[str], Meta(description="a recipient, besides the one in the URL's path (repeat it)")] = []
    cc: Annotated[list[str], Meta(description="a recipient of a copy (repeat it)")] = []
    bcc: Annotated[list[str], Meta(description="a recipient of whom the others don't know (repeat it)")] = []
    subject: Annotated[str, Meta(description="the subject")] = ""
    header: Annotated[list[str], Meta(description="a further header, NAME: VALUE (repeat it)")] = []
    attach: Annotated[list[str], Meta(description="a file to attach (repeat it)")] = []
    html: Annotated[bool, Meta(description="the text is HTML")] = False
    payload: Annotated[
        Literal["auto", "text", "message"], Meta(description="what is given is a text, or a whole RFC 5322 message")
    ] = "auto"
    # Delivery
    strict: Annotated[bool, Meta(description="send nothing where a recipient is refused")] = False
    chunking: Annotated[bool, Meta(description="send with BDAT where it is offered (RFC 3030)")] = False
    pipelining: Annotated[bool, Meta(description="send commands in groups where it is offered (RFC 2920)")] = True
    notify: Annotated[
        str,
        Meta(
            description="ask for delivery reports: never, or success;failure;delay (RFC 3461)", pattern="^[A-Za-z;]*$"
        ),
    ] = ""
    ret: Annotated[Literal["", "full", "hdrs"], Meta(description="what reports bring back (RFC 3461)")] = ""
    envid: Annotated[str, Meta(description="a name for this mail in reports (RFC 3461)", max_length=100)] = ""
    # Who we are
    name: Annotated[str, Meta(description="our own host name, in EHLO and in greetings", pattern="^[!-~]*$")] = ""
    auth: Annotated[
        Literal["", "plain", "login", "scram-sha-256", "cram-md5", "xoauth2"],
        Meta(description="authenticate in this way only"),
    ] = ""
    token: Annotated[Secret | None, Meta(description="a bearer token instead of a password (XOAUTH2)")] = None
    allow_plain_auth: Annotated[bool, Meta(description="say and take passwords without TLS")] = False
    # Serving
    domains: Annotated[
        list[str], Meta(description="serving: take mail for this domain only (repeat it; any by default)")
    ] = []
    max_recipients: Annotated[int, Meta(ge=1, description="serving: recipients of one mail")] = 100
    max_commands: Annotated[int, Meta(ge=1, description="serving: commands before a mail is delivered")] = 1000
    max_errors: Annotated[int, Meta(ge=1, description="serving: errors before a mail is delivered")] = 20
    transfer_deadline: Annotated[Seconds, Meta(description="serving: seconds in which a mail has to arrive")] = 600.0


class Client:
    """Sends mail. One session is used for all."""

    Options = SmtpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SmtpOptions) -> None:
        self.options = options
        self._dial = dial
        self._endpoint = endpoint
        self._dialogue: Dialogue | None = None

    async def begin(self, learnt: Callable[[Dialogue], None] = lambda _: None) -> Dialogue:
        """A session that is ready for mail; `learnt` is called with it however far it came.

        Raises PeerRefused, Unauthenticated, TLSError where TLS was asked for and there is none, Blocked where a
        password would have to be said without it.
        """
        if self._dialogue is None:
            login = login_of(self._endpoint, self.options)
            dialogue = Dialogue(await self._dial.stream(), self.options.name)
            try:
                await dialogue.greet()
                await dialogue.hello()
                if await upgrade(dialogue, self._dial, login, "smtps"):
                    await dialogue.hello()
                if login is not None:
                    await dialogue.login(login)
            finally:
                learnt(dialogue)
            self._dialogue = dialogue
        return self._dialogue

    async def send(self, message: Message) -> Reply:
        """Send a text, or a whole message as it is, to the message's topic, the endpoint's path, the options' people.

        A message's `properties` become headers. The reply tells what was said about each recipient: some may be refused
        and the mail sent to the others; PeerRefused where all are, or one with the option `strict`.
        """
        path = unquote(self._endpoint.path).strip("/")
        options = self.options
        # Only files to attach are worth a thread
        given = (message, path, options)
        letter = await asyncio.to_thread(compose, *given) if options.attach else compose(*given)
        dialogue = await self.begin()
        sent = await dialogue.deliver(
            letter,
            Delivery(
                strict=options.strict,
                chunking=options.chunking,
                pipelining=options.pipelining,
                notify=options.notify.upper().replace(";", ","),
                ret=options.ret.upper(),
                envid=options.envid,
            ),
        )
        return Reply(
            {
                "code": sent.reply.code,
                "text": sent.reply.text,
                "message_id": letter.message_id,
                "sender": letter.sender.address if letter.sender else "",
                "recipients": sent.accepted,
                "refused": sent.refused,
                "size": len(letter.content),
                "tls": dialogue.private,
            }
        )

    async def close(self) -> None:
        """Say QUIT, and close."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            await dialogue.quit()
