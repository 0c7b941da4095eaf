"""What this server supports, and how much of it: the limits, and 005 which tells them (modern.ircdocs.horse)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.irc.topics import LIMIT
from netloom.wire.irc import isupport
from netloom.wire.irc.numerics import RPL_ISUPPORT

if TYPE_CHECKING:
    from netloom.protocols.irc.session import Session

NICK_LIMIT = 30
USER_LIMIT = 10
REALNAME_LIMIT = 150
AWAY_LIMIT = 200
TOPIC_LIMIT = 307
KICK_LIMIT = 255
KEY_LIMIT = 23
MODES = 6
MONITORED = 100
TARGETS = 4
CHANNEL_MODES = "beI,k,l,imnst"

LIST_LIMIT = 100
"""Masks in a channel's lists."""


def supported(session: Session) -> dict[str, str]:
    """What 005 says."""
    return {
        "AWAYLEN": str(AWAY_LIMIT), "CASEMAPPING": "ascii", "CHANLIMIT": f"#:{session.options.max_channels}",
        "CHANMODES": CHANNEL_MODES, "CHANNELLEN": str(LIMIT), "CHANTYPES": "#", "ELIST": "MNU", "EXCEPTS": "e",
        "HOSTLEN": "63", "INVEX": "I", "KEYLEN": str(KEY_LIMIT), "KICKLEN": str(KICK_LIMIT),
        "MAXLIST": f"beI:{LIST_LIMIT}", "MODES": str(MODES), "MONITOR": str(MONITORED),
        "NETWORK": session.options.network or "netloom", "NICKLEN": str(NICK_LIMIT), "PREFIX": "(ov)@+",
        "SAFELIST": "", "STATUSMSG": "@+",
        "TARGMAX": f"JOIN:,KICK:,NAMES:1,NOTICE:{TARGETS},PRIVMSG:{TARGETS},TAGMSG:{TARGETS},WHOIS:1",
        "TOPICLEN": str(TOPIC_LIMIT), "USERLEN": str(USER_LIMIT), "WHOX": "",
    }  # fmt: skip


def tell_support(session: Session) -> None:
    """005."""
    for tokens in isupport.emit(supported(session)):
        session.reply(RPL_ISUPPORT, *tokens, "are supported by this server")
