"""Commands and responses of every kind, for properties."""

from __future__ import annotations

import datetime

from hypothesis import strategies as st

from netloom.wire.imap import commands, items, responses, search, sequence
from netloom.wire.imap.addresses import Address
from netloom.wire.imap.bodystructure import Body
from netloom.wire.imap.envelope import Envelope
from netloom.wire.imap.items import Item, Section
from netloom.wire.imap.search import Key

NAMES = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=20)
"""What may be the name of a mailbox."""
TEXTS = NAMES
TAGS = st.from_regex(r"[A-Za-z0-9.]{1,8}", fullmatch=True)
ATOMS = st.from_regex(r"[A-Z][A-Z0-9=-]{0,10}", fullmatch=True).filter(lambda word: word != "NIL")
FLAGS = st.sampled_from(["\\Seen", "\\Deleted", "$Junk", "work", "NonJunk", "\\Flagged"])
FLAG_LISTS = st.lists(FLAGS, max_size=4).map(tuple)
OCTETS = st.binary(max_size=60).map(lambda octets: octets.replace(b"\0", b"0"))
NUMBERS = st.integers(1, 2**32 - 1)
SIZES = st.integers(0, 2**63 - 1)
SETS = st.one_of(
    st.just(sequence.Numbers(saved=True)),
    st.lists(st.tuples(NUMBERS | st.just(0), NUMBERS | st.just(0)), min_size=1, max_size=5).map(
        lambda ranges: sequence.Numbers(tuple(ranges))
    ),
)
MOMENTS = st.integers(0, 2**32).map(float)
DAYS = st.dates(datetime.date(1970, 1, 1), datetime.date(2199, 12, 31))
FIELDS = st.from_regex(r"[A-Za-z][A-Za-z-]{0,12}", fullmatch=True)

PLAIN_SECTIONS = st.builds(
    Section,
    st.lists(st.integers(1, 9), max_size=3).map(tuple),
    st.sampled_from(["", "HEADER", "TEXT"]),
)
SECTIONS = st.one_of(
    PLAIN_SECTIONS,
    st.builds(
        Section,
        st.lists(st.integers(1, 9), max_size=3).map(tuple),
        st.sampled_from(["HEADER.FIELDS", "HEADER.FIELDS.NOT"]),
        st.lists(FIELDS, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Section, st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple), st.just("MIME")),
)
PARTIALS = st.none() | st.tuples(st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1))
BINARY_SECTIONS = st.builds(Section, st.lists(st.integers(1, 9), max_size=3).map(tuple))
ITEMS = st.one_of(
    st.sampled_from(sorted(items.SIMPLE)).map(Item),
    st.builds(Item, st.just("BODY"), SECTIONS, PARTIALS, st.booleans()),
    st.builds(Item, st.just("BINARY"), BINARY_SECTIONS, PARTIALS, st.booleans()),
    st.builds(Item, st.just("BINARY.SIZE"), BINARY_SECTIONS),
)

_SIMPLE_KEYS = st.one_of(
    st.sampled_from(["ALL", "NEW", "OLD", "SEEN", "UNSEEN", "RECENT", "UNDRAFT"]).map(Key),
    st.builds(Key, st.sampled_from(search.TEXTS), TEXTS),
    st.builds(Key, st.just("HEADER"), TEXTS, FIELDS),
    st.builds(lambda name, day: Key(name, day=day), st.sampled_from(search.DAYS), DAYS),
    st.builds(lambda name, number: Key(name, number=number), st.sampled_from(search.SIZES), SIZES),
    st.builds(Key, st.sampled_from(["KEYWORD", "UNKEYWORD"]), st.sampled_from(["work", "$Junk"])),
    st.builds(lambda name, numbers: Key(name, numbers=numbers), st.sampled_from(["UID", "SEQUENCE"]), SETS),
)
KEYS = st.recursive(
    _SIMPLE_KEYS,
    lambda inner: st.one_of(
        st.builds(lambda keys: Key("AND", keys=tuple(keys)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda key: Key("NOT", keys=(key,)), inner),
        st.builds(lambda one, other: Key("OR", keys=(one, other)), inner, inner),
    ),
    max_leaves=6,
)
SEARCHES = st.builds(
    search.Search,
    KEYS,
    st.none() | st.lists(st.sampled_from(search.RETURNS), max_size=3).map(tuple),
    st.sampled_from(["", "UTF-8"]),
)
APPENDED = st.builds(commands.Appended, OCTETS, FLAG_LISTS, st.none() | MOMENTS, st.booleans())
STATUS = st.lists(st.sampled_from(commands.STATUS_ITEMS), min_size=1, max_size=3).map(tuple)
ARGUMENTS = {
    "LOGIN": st.builds(commands.Login, TEXTS, TEXTS),
    "AUTHENTICATE": st.builds(commands.Authenticate, ATOMS, st.none() | st.binary(max_size=20)),
    "SELECT": st.builds(commands.Named, NAMES),
    "EXAMINE": st.builds(commands.Named, NAMES),
    "CREATE": st.builds(commands.Named, NAMES),
    "DELETE": st.builds(commands.Named, NAMES),
    "SUBSCRIBE": st.builds(commands.Named, NAMES),
    "RENAME": st.builds(commands.Rename, NAMES, NAMES),
    "LIST": st.builds(
        commands.List, NAMES, st.lists(NAMES, min_size=1, max_size=3).map(tuple),
        st.lists(st.sampled_from(commands.LIST_SELECTIONS), max_size=2).map(tuple),
        st.lists(st.sampled_from(commands.LIST_RETURNS), max_size=2).map(tuple), STATUS | st.just(()),
    ),
    "LSUB": st.builds(commands.List, NAMES, NAMES.map(lambda name: (name,))),
    "STATUS": st.builds(commands.Status, NAMES, STATUS),
    "APPEND": st.builds(commands.Append, NAMES, st.lists(APPENDED, min_size=1, max_size=3).map(tuple)),
    "SEARCH": SEARCHES,
    "UID SEARCH": SEARCHES,
    "FETCH": st.builds(commands.Fetch, SETS, st.lists(ITEMS, min_size=1, max_size=4).map(tuple)),
    "UID FETCH": st.builds(commands.Fetch, SETS, st.lists(ITEMS, min_size=1, max_size=4).map(tuple)),
    "STORE": st.builds(commands.Store, SETS, FLAG_LISTS, st.sampled_from(["", "+", "-"]), st.booleans()),
    "COPY": st.builds(commands.Copy, SETS, NAMES),
    "UID MOVE": st.builds(commands.Copy, SETS, NAMES),
    "UID EXPUNGE": st.builds(commands.Expunge, SETS),
    "ID": st.builds(
        commands.Id,
        st.none() | st.lists(st.tuples(ATOMS, st.none() | ATOMS), max_size=3).map(tuple),
    ),
    "ENABLE": st.builds(commands.Enable, st.lists(ATOMS, min_size=1, max_size=3).map(tuple)),
}  # fmt: skip
COMMANDS = st.one_of(
    st.builds(commands.Command, TAGS, st.sampled_from(commands.BARE)),
    *(st.builds(commands.Command, TAGS, st.just(name), given) for name, given in ARGUMENTS.items()),
)

NSTRINGS = st.none() | OCTETS
PEOPLE = st.none() | st.lists(st.builds(Address, NSTRINGS, NSTRINGS, NSTRINGS, NSTRINGS), min_size=1, max_size=2).map(
    tuple
)
ENVELOPES = st.builds(
    Envelope, date=NSTRINGS, subject=NSTRINGS, author=PEOPLE, sender=PEOPLE, reply_to=PEOPLE, to=PEOPLE, cc=PEOPLE,
    bcc=PEOPLE, in_reply_to=NSTRINGS, message_id=NSTRINGS,
)  # fmt: skip
PARAMETERS = st.lists(st.tuples(OCTETS, OCTETS), max_size=2).map(tuple)
_TAIL = {
    "disposition": st.none() | st.tuples(OCTETS, PARAMETERS),
    "language": st.none() | st.lists(OCTETS, min_size=1, max_size=2).map(tuple),
    "location": NSTRINGS,
}
_LEAF = {
    "subtype": OCTETS, "parameters": PARAMETERS, "id": NSTRINGS, "description": NSTRINGS,
    "encoding": OCTETS.filter(bool), "size": st.integers(0, 2**32), "md5": NSTRINGS,
}  # fmt: skip
BODIES = st.recursive(
    st.one_of(
        st.builds(Body, type=st.just(b"text"), lines=st.integers(0, 2**32), **_LEAF, **_TAIL),
        st.builds(Body, type=st.just(b"image"), **_LEAF, **_TAIL),
    ),
    lambda inner: st.one_of(
        st.builds(
            Body, type=st.just(b"multipart"), subtype=OCTETS, parameters=PARAMETERS,
            parts=st.lists(inner, min_size=1, max_size=3).map(tuple), **_TAIL,
        ),
        st.builds(
            Body, type=st.just(b"message"), envelope=ENVELOPES, body=inner, lines=st.integers(0, 2**32), **_LEAF,
            **_TAIL,
        ),
    ),
    max_leaves=4,
)  # fmt: skip

WORDS = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), min_size=1, max_size=20).filter(
    lambda words: not words.startswith(("[", " "))
)
RESPONSES = st.one_of(
    st.builds(responses.Continue, WORDS),
    st.builds(
        responses.Condition, TAGS | st.just("*"), st.sampled_from(["OK", "NO", "BAD"]), WORDS,
        st.sampled_from(["", "ALERT", "READ-ONLY"]),
    ),
    st.builds(
        responses.Condition, st.just("*"), st.sampled_from(["BYE", "PREAUTH"]), WORDS, st.just("UIDNEXT"), st.just("4")
    ),
    st.builds(responses.Capabilities, st.lists(ATOMS, max_size=4).map(tuple)),
    st.builds(responses.Enabled, st.lists(ATOMS, max_size=4).map(tuple)),
    st.builds(responses.Mailbox, NAMES, st.sampled_from(["", "/", "."]), FLAG_LISTS, st.booleans()),
    st.builds(responses.MailboxStatus, NAMES, st.dictionaries(ATOMS, SIZES, max_size=3)),
    st.builds(responses.Found, st.lists(NUMBERS, max_size=4).map(tuple)),
    st.builds(
        responses.FoundMore, TAGS, st.booleans(), st.none() | NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS,
        st.none() | SETS,
    ),
    st.builds(responses.Flags, FLAG_LISTS),
    st.builds(responses.Count, st.sampled_from(["EXISTS", "RECENT", "EXPUNGE"]), NUMBERS),
    st.builds(
        responses.Namespaces,
        *[st.lists(st.tuples(NAMES, st.sampled_from(["", "/"])), max_size=2).map(tuple) for _ in range(3)],
    ),
    st.builds(responses.Identity, st.lists(st.tuples(ATOMS, ATOMS), max_size=3).map(tuple)),
    st.builds(
        responses.Fetched, number=NUMBERS, uid=st.none() | NUMBERS, flags=st.none() | FLAG_LISTS,
        date=st.none() | MOMENTS, size=st.none() | SIZES, envelope=st.none() | ENVELOPES,
        structure=st.none() | BODIES,
        texts=st.dictionaries(st.tuples(SECTIONS, st.integers(0, 99)), NSTRINGS, max_size=2),
        sizes=st.dictionaries(BINARY_SECTIONS, SIZES, max_size=2),
    ),
)  # fmt: skip
