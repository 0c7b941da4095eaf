"""Filters as text: pcap-filter(7)'s language read into a tree, and a few words more for packets that were dissected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.packet.filters import named, names
from netloom.packet.filters.arithmetic import COMPARED, WORD
from netloom.packet.filters.tokens import Token, number, shown, tokens
from netloom.packet.filters.tree import (
    TALLEST,
    All,
    Anomaly,
    Any,
    Carries,
    Cast,
    Condition,
    Filter,
    Flags,
    Fragment,
    Hops,
    Length,
    Not,
    Number,
    Octets,
    Relation,
    Sum,
    Tag,
    Tunnel,
    Value,
    Way,
    constant,
)
from netloom.packet.formats.tcp import LETTERS
from netloom.packet.row import ANOMALIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEEPEST = 40
"""Parentheses, brackets and signs within each other."""

_RELATIONS = {"=": "==", **{sign: sign for sign in COMPARED if sign != "=="}}
_STRENGTH = {"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_KINDS = ("host", "net", "port", "portrange", "proto")
_TAGS = {"vlan": 4095, "mpls": (1 << 20) - 1, "pppoes": 65535}
_ENDS = ("src", "dst")
_OTHER = ("broadcast", "multicast", "less", "greater", "inbound", "outbound", "pppoed", *_TAGS)
_OWN = ("fragment", "tunnel", "anomaly", "flags", "ttl")
_VALUES = ("len", "length", "ttl")
WORDS = (*names.LINKS, *names.WORDS, *_ENDS, *_KINDS, *_OTHER, *_OWN, *_VALUES, "and", "or", "not", "mask")
"""Every word that begins or joins something."""
_LETTERS = LETTERS[:8]


class Qualifiers(NamedTuple):
    """What stands before a name or a number, and is meant again where it is left out."""

    protocol: str
    way: str
    kind: str


_HOST = Qualifiers("", "or", "host")


def parse(text: str, resolve: Callable[[str], Iterable[str]] | None = None) -> Filter:
    """Read a filter; an empty one is for every packet.

    `resolve` gives the addresses of a host's name; without it names of hosts are mistakes. Raises UsageError, which
    points at the column.
    """
    return Filter(text, _Reader(text, resolve).read())


class _Reader:
    def __init__(self, text: str, resolve: Callable[[str], Iterable[str]] | None) -> None:
        self._text = text
        self._resolve = resolve
        self._tokens = tokens(text)
        self._next = 0
        self._deep = 0
        self._last: Qualifiers | None = None

    def read(self) -> Condition:
        if self._token.kind == "end":
            return All(())
        found = self._condition(self._expression())
        if self._token.kind != "end":
            near = suggest(self._token.text.lower(), WORDS)
            raise self._error(f"{shown(self._token.text)} stands where and, or, or the end is expected", hint=near)
        if _height(found) > TALLEST:
            raise self._error("what is joined here is nested too deep", 0, f"{TALLEST} changes of operators at most")
        return found

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _ahead(self, *texts: str) -> bool:
        """Whether these come next, as words or operators that mean something."""
        following = self._tokens[self._next : self._next + len(texts)]
        return [(t.text, t.kind in ("word", "operator")) for t in following] == [(text, True) for text in texts]

    def _take(self, *texts: str) -> bool:
        if not self._ahead(*texts):
            return False
        self._next += len(texts)
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error(f"{shown(text)} is expected")

    def _error(self, message: str, column: int | None = None, hint: str = "") -> UsageError:
        column = self._token.at if column is None else column
        return UsageError(f"{message}, at column {column + 1}", hint=hint, text=self._text, column=column)

    # Conditions

    def _expression(self) -> Condition | Value:
        """Conditions with and or or between them: neither binds tighter, the left comes first."""
        found = self._term()
        while self._ahead("and") or self._ahead("or"):
            kind = All if self._token.text == "and" else Any
            self._next += 1
            left, right = self._condition(found), self._condition(self._term())
            found = kind((*left.parts, right)) if isinstance(left, kind) and left.parts else kind((left, right))
        return found

    def _term(self) -> Condition | Value:
        negated = None
        while self._take("not"):
            negated = not negated
        start = self._token
        found = self._value() if self._begins_value() else self._primitive()
        if not isinstance(found, Value):
            pass
        elif self._token.kind == "operator" and self._token.text in _RELATIONS:
            operator = _RELATIONS[self._token.text]
            self._next += 1
            found = Relation(operator, found, self._number_of(self._value()), start.at)
            self._last = None
        elif negated is not None:
            found = self._condition(found)
        if negated is None:
            return found
        inner = self._condition(found)
        return Not(inner) if negated else inner

    def _condition(self, found: Condition | Value) -> Condition:
        """What was read as a condition: a number alone has the qualifiers of what stands before it."""
        if not isinstance(found, Value):
            return found
        if isinstance(found, Number):
            if self._last is not None:
                return named.of_number(self._naming(), found, self._last)
            raise self._error("a number alone", found.at, "with what it is: port 80, net 10, len > 80")
        raise self._error("a value that is compared with nothing", found.at, "VALUE = VALUE, with = != < <= > or >=")

    def _naming(self) -> named.Naming:
        return named.Naming(self._text, self._resolve)

    def _deeper(self) -> None:
        self._deep += 1
        if self._deep > DEEPEST:
            raise self._error("too much in each other", hint=f"{DEEPEST} levels of ( ) [ ] - at most")

    def _parenthesised(self) -> Condition | Value:
        self._deeper()
        outer = self._last
        self._next += 1
        found = self._expression()
        self._expect(")")
        self._deep -= 1
        self._last = outer
        return found

    # Values

    def _begins_value(self) -> bool:
        token = self._token
        if token.kind == "operator":
            return token.text in ("(", "-")
        if token.kind != "word":
            return False
        following = self._tokens[self._next + 1]
        indexed = (following.kind, following.text) == ("operator", "[")
        return indexed or token.text in _VALUES or token.text in names.NUMBERS or number(token.text) is not None

    def _value(self, least: int = 1) -> Condition | Value:
        """A value by the strength of its operators; a parenthesis may turn out to hold a condition."""
        found = self._operand()
        while self._token.kind == "operator" and _STRENGTH.get(self._token.text, 0) >= least:
            left, operator = self._number_of(found), self._token
            self._next += 1
            found = self._sum(operator, left, self._number_of(self._value(_STRENGTH[operator.text] + 1)))
        return found

    def _sum(self, operator: Token, left: Value, right: Value) -> Sum:
        known = constant(right)
        if operator.text in "/%" and known == 0:
            raise self._error("a division by zero", operator.at)
        if operator.text in ("<<", ">>") and known is not None and known > 31:
            raise self._error("a shift by more than 31 bits", operator.at)
        return Sum(operator.text, left, right, operator.at)

    def _number_of(self, found: Condition | Value) -> Value:
        if not isinstance(found, Value):
            raise self._error("a condition stands where a value is expected")
        return found

    def _operand(self) -> Condition | Value:
        token = self._token
        if self._ahead("("):
            return self._parenthesised()
        if self._take("-"):
            self._deeper()
            found = self._number_of(self._operand())
            self._deep -= 1
            return Sum("-", Number(0, token.at), found, token.at)
        if self._take("len") or self._take("length"):
            return Length(token.at)
        if self._take("ttl"):
            return Hops(token.at)
        if token.kind != "word" or not self._begins_value():
            hint = "spaces around -" if "-" in token.text else "a number, len, ttl, or octets such as tcp[13]"
            raise self._error(f"{shown(token.text)} is no value" if token.text else "a value is expected", hint=hint)
        if token.text in names.NUMBERS:
            self._next += 1
            return Number(names.NUMBERS[token.text], token.at)
        value = number(token.text)
        if value is None:
            return self._octets()
        self._next += 1
        if value > WORD:
            raise self._error(f"{token.text} is larger than 32 bits", token.at)
        return Number(value, token.at)

    def _octets(self) -> Octets:
        token = self._token
        base = "ether" if token.text in names.LINKS else token.text
        if base != "ether" and not (base in names.WORDS and names.WORDS[base].octets):
            known = ("ether", *(name for name, protocol in names.WORDS.items() if protocol.octets))
            raise self._error(
                f"{shown(base)} has no octets to count", hint=suggest(base, known) or f"of {', '.join(known)}"
            )
        self._next += 2
        self._deeper()
        offset = self._number_of(self._value())
        self._deep -= 1
        size = 1
        if self._take(":"):
            size = number(self._token.text) or 0
            if size not in (1, 2, 4):
                raise self._error(f"{shown(self._token.text)} octets can't be read at once", hint="1, 2 or 4")
            self._next += 1
        self._expect("]")
        return Octets(base, offset, size, token.at)

    # Words

    def _primitive(self) -> Condition:
        token = self._token
        if token.kind == "end":
            raise self._error("the filter ends where a condition is expected")
        if token.kind == "operator":
            raise self._error(f"{shown(token.text)} stands where a condition is expected")
        if token.kind != "word":
            return self._named(self._last or _HOST)
        if token.text in names.LEFT_OUT:
            raise self._error(f"{shown(token.text)} isn't understood", hint=names.LEFT_OUT[token.text])
        if token.text in names.LINKS or token.text in names.WORDS:
            self._next += 1
            return self._protocol("ether" if token.text in names.LINKS else token.text, token)
        if token.text in _ENDS or token.text in _KINDS:
            return self._qualified("", token)
        if token.text in _OTHER or token.text in _OWN:
            self._next += 1
            self._last = None
            return self._own(token) if token.text in _OWN else self._other(token)
        return self._unqualified(token)

    def _unqualified(self, token: Token) -> Condition:
        """A name without a word before it: the words before the last one are meant."""
        if self._last is not None and token.text not in ("and", "or", "mask"):
            return self._named(self._last)
        if named.is_address(token.text):
            return self._named(_HOST)
        raise self._error(
            f"{shown(token.text)} is no word of a filter",
            hint=suggest(token.text.lower(), WORDS) or "for example: tcp port 80 and not host 192.0.2.1",
        )

    def _protocol(self, word: str, token: Token) -> Condition:
        for broad, cast in ((True, "broadcast"), (False, "multicast")):
            if self._take(cast):
                self._last = None
                if word not in ("ether", "ip") and (broad or word != "ip6"):
                    raise self._error(f"{word} has no {cast}", token.at, f"ether {cast} or ip {cast}")
                return Cast(word, broad, token.at)
        if self._token.kind == "word" and self._token.text in (*_ENDS, *_KINDS, "gateway", "protochain"):
            return self._qualified(word, token)
        self._last = None
        if word == "ether":
            raise self._error("ether alone says nothing", token.at, "ether host MAC, ether proto NUMBER, ether[0]")
        return Carries(names.WORDS[word].below, names.WORDS[word].number, token.at)

    def _qualified(self, protocol: str, start: Token) -> Condition:
        way = "or"
        for first, second in (_ENDS, _ENDS[::-1]):
            if self._take(first):
                way = first
                for joined in ("or", "and"):
                    if self._take(joined, second):
                        way = joined
                break
        kind = "host"
        if self._token.kind == "word" and self._token.text in names.LEFT_OUT:
            raise self._error(f"{shown(self._token.text)} isn't understood", hint=names.LEFT_OUT[self._token.text])
        if self._token.kind == "word" and self._token.text in _KINDS:
            kind = self._token.text
            self._next += 1
        qualifiers = Qualifiers(protocol, way, kind)
        named.check(self._naming(), qualifiers, start.at)
        found = self._identified(qualifiers)
        self._last = qualifiers
        return found

    def _identified(self, qualifiers: Qualifiers) -> Condition:
        """What the qualifiers are for: one, several in ( ), or none of those."""
        negated = False
        while self._take("not"):
            negated = not negated
        if self._ahead("("):
            self._last = qualifiers
            found = self._condition(self._parenthesised())
        else:
            found = self._named(qualifiers)
        return Not(found) if negated else found

    def _named(self, qualifiers: Qualifiers) -> Condition:
        """A name, number or address with its prefix length or mask."""
        token = self._token
        if token.kind in ("operator", "end"):
            raise self._error(f"a {qualifiers.kind} is expected")
        self._next += 1
        behind = ""
        if qualifiers.kind in ("host", "net") and self._token.kind == "operator" and self._token.text == "/":
            behind = "/" + self._tokens[self._next + 1].text if self._tokens[self._next + 1].kind == "word" else "/"
            self._next += 1 + (behind != "/")
        elif qualifiers.kind == "net" and self._take("mask"):
            behind = f" mask {self._token.text}"
            self._next += self._token.kind != "end"
        self._last = qualifiers
        return named.of_token(self._naming(), token, behind, qualifiers)

    def _other(self, token: Token) -> Condition:
        match token.text:
            case "broadcast" | "multicast":
                return Cast("ether", token.text == "broadcast", token.at)
            case "inbound" | "outbound":
                return Way(token.text == "outbound", token.at)
            case "pppoed":
                return Carries("ether", names.PPPOE_DISCOVERY, token.at)
            case "less" | "greater":
                value = self._optional_number()
                if value is None:
                    raise self._error(f"{token.text} how many octets?")
                return Relation("<=" if token.text == "less" else ">=", Length(token.at), Number(value), token.at)
        value = self._optional_number()
        if value is not None and value > _TAGS[token.text]:
            raise self._error(f"{token.text} {value}: {_TAGS[token.text]} is the largest", token.at)
        return Tag(token.text, value, token.at)

    def _optional_number(self) -> int | None:
        """A number, be it in parentheses."""
        opened = 0
        while self._tokens[self._next + opened].text == "(":
            opened += 1
        token = self._tokens[self._next + opened]
        value = number(token.text) if token.kind == "word" else None
        if value is None:
            return None
        if value > WORD:
            raise self._error(f"{token.text} is larger than 32 bits", token.at)
        self._next += opened + 1
        for _ in range(opened):
            self._expect(")")
        return value

    def _own(self, token: Token) -> Condition:
        match token.text:
            case "fragment":
                return Fragment(token.at)
            case "tunnel":
                return Tunnel(token.at)
            case "flags":
                return self._flags(token)
        for bit, word in ANOMALIES.items():
            if self._take(word):
                return Anomaly(bit, token.at)
        return Anomaly(sum(ANOMALIES), token.at)

    def _flags(self, token: Token) -> Condition:
        wanted = self._letters()
        among = self._letters() if self._take("/") else wanted
        if wanted & ~among:
            raise self._error("flags that are wanted, but not among those that are looked at", token.at, "flags S/SA")
        return Flags(wanted, among, token.at)

    def _letters(self) -> int:
        token = self._token
        bits = 0
        for letter in token.text if token.kind == "word" else "-":
            at = _LETTERS.find(letter)
            if at < 0:
                raise self._error(f"{shown(token.text)} are no flags of TCP", hint=f"letters of {_LETTERS}")
            bits |= 1 << at
        self._next += 1
        return bits


def _height(condition: Condition) -> int:
    """Levels, counted without recursion."""
    highest = 0
    waiting: list[tuple[Condition | Value, int]] = [(condition, 1)]
    while waiting:
        node, level = waiting.pop()
        highest = max(highest, level)
        match node:
            case All(parts=parts) | Any(parts=parts):
                waiting += [(part, level + 1) for part in parts]
            case Not(inner=inner):
                waiting.append((inner, level + 1))
            case Relation(left=left, right=right) | Sum(left=left, right=right):
                waiting += [(left, level + 1), (right, level + 1)]
            case Octets(offset=offset):
                waiting.append((offset, level + 1))
    return highest
