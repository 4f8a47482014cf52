"""One SQL statement as an author wrote it: read by a small lexer, before anything is sent anywhere.

Rules. One statement, and values only as `$1`, `$2` …: no `${…}` is ever written into the text, so outside
data cannot become SQL. The lexer knows what hides a semicolon: strings, E'' strings, dollar quotes, quoted
names and (in Postgres nested) comments; what it cannot read with certainty it refuses. It is the first
guard of several: the driver's protocol takes one statement only, and a check runs in a read-only
transaction. What such a transaction does not hold back (BEYOND) is refused here by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal, Self

from engine.kinds.counted import counted
from engine.kinds.values import text_schema

Dialect = Literal["postgres", "sqlite"]

READS: Final = ("select", "with", "values", "table", "show", "explain", "pragma")
CHANGES: Final = (
    *("insert", "update", "delete", "merge", "replace", "select", "with", "values", "truncate", "create"),
    *("alter", "drop", "comment", "grant", "revoke", "analyze", "refresh", "reindex", "call", "notify"),
)
PRAGMAS: Final = (  # of SQLite's pragmas, those that only tell
    *("integrity_check", "quick_check", "foreign_key_check", "table_info", "table_list", "user_version"),
    *("page_count", "page_size", "freelist_count", "journal_mode", "compile_options", "database_list"),
)
_DML: Final = frozenset({"insert", "update", "delete", "merge", "replace"})

BEYOND: Final = re.compile(
    r"""pg_(terminate|cancel)_backend | pg_(reload_conf|rotate_logfile|promote|switch_wal|notify)
    | pg_(try_)?advisory_\w+ | nextval | setval | set_config | dblink\w* | lo_\w+ | pg_file_\w+
    | pg_read_(binary_)?file | pg_\w*stat\w*_reset\w* | pg_log_backend_memory_contexts
    | pg_(backup_)?(start|stop)(_backup)? | pg_wal_replay_(pause|resume) | pg_create_\w+ | pg_drop_\w+
    | pg_(copy_\w+|sync)_replication_slots? | pg_replication_\w+
    | pg_logical_(slot_(get|peek)\w* | emit_message) | pg_export_snapshot
    | query_to_xml\w* | cursor_to_xml\w* | database_to_xml\w* | ts_stat | ts_rewrite | crosstab\w* | connectby
    | http\w* | invoke | load_extension | writefile | edit""",
    re.VERBOSE,
)
"""Functions whose effect a read-only transaction does not hold back, nor a rollback take back.

Functions that run SQL given as text are among them, since that text is not read here.
"""

_IDENT = r"[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*"
_COMMON = r"(?P<space>\s+|--[^\r\n]*)|(?P<block>/\*)"
_POSTGRES = re.compile(
    rf"""{_COMMON}
    |(?P<string>[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    |(?P<name>(?:[uU]&)?"(?:[^"]|"")+")
    |\$(?P<tag>(?:[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*)?)\$
    |(?P<value>\$\d{{1,3}}(?!\d))|(?P<word>{_IDENT})|(?P<number>\d+(?:\.\d*)?)|(?P<mark>[^'"\\\x00$])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SQLITE = re.compile(
    rf"""{_COMMON}
    |(?P<string>[xX]?'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[[^\]]+\])
    |(?P<value>\$\d{{1,3}}(?![\w$:(]))|(?P<word>{_IDENT})|(?P<number>\d+(?:\.\d*)?)|(?P<mark>[^'"`\[\\\x00$?:@])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_FORMS = {"postgres": _POSTGRES, "sqlite": _SQLITE}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece that counts; comments and space do not. A word is in lower case, a name without quotes."""

    kind: Literal["word", "name", "string", "number", "value", "mark"]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without a semicolon at its end."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def verb(self) -> str:
        """Return its first word; brackets before it do not count."""
        return next((token.text for token in self.tokens if token.kind == "word"), "")

    @property
    def values(self) -> int:
        """Return how many parameters it takes: the highest `$n`."""
        return max((int(token.text[1:]) for token in self.tokens if token.kind == "value"), default=0)

    def calls(self) -> Iterator[str]:
        """Yield the name of everything that looks like a call of a function."""
        for token, after in pairwise(self.tokens):
            if token.kind in ("word", "name") and after.text == "(":
                yield token.text.lower()

    def beyond(self) -> tuple[str, ...]:
        """Return the functions called whose effect no transaction holds back."""
        return tuple(dict.fromkeys(name for name in self.calls() if BEYOND.fullmatch(name)))

    def filled(self, value: Callable[[int], str]) -> str:
        """Return the text with every `$n` replaced."""
        parts, at = [], 0
        for token in self.tokens:
            if token.kind == "value":
                parts += [self.text[at : token.start], value(int(token.text[1:]))]
                at = token.end
        return "".join([*parts, self.text[at:]])


class SqlText(str):
    """The text of one statement in a runbook; it holds no references."""

    __slots__ = ()

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read what the author wrote; raises ValueError."""
        if not isinstance(data, str):
            raise ValueError(f"a statement is text, not {data!r}")
        if "${" in data:
            raise ValueError("a statement holds no ${…}: write $1 and give the value in 'parameters'")
        return cls(data)

    def plain(self) -> str:
        """Return the text."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": "string", "description": "one SQL statement; values as $1, $2 …"}


def dialect_of(database: str) -> Dialect:
    """Return how the database of an address reads SQL; an address not known yet is taken for Postgres."""
    return "sqlite" if database.startswith("sqlite:") else "postgres"


@lru_cache(maxsize=1024)  # a plan, a check and a stand-in read the same text again and again
def read(text: str, dialect: Dialect = "postgres") -> Statement:
    """Return the one statement in a text; raises ValueError."""
    tokens = tuple(_tokens(text, dialect))
    for token, after in pairwise(tokens):
        if token.kind == "string" == after.kind:  # an E'' string goes on with its own rules
            raise ValueError("a string that goes on in a second pair of quotes: write it as one")
    while tokens and tokens[-1].text == ";" and tokens[-1].kind == "mark":
        tokens = tokens[:-1]
    if any(token.text == ";" and token.kind == "mark" for token in tokens):
        raise ValueError("one statement only: there is a second one after ';'")
    if not tokens:
        raise ValueError("there is no statement")
    start, end = tokens[0].start, tokens[-1].end
    moved = (Token(token.kind, token.text, token.start - start, token.end - start) for token in tokens)
    return Statement(text[start:end], tuple(moved))


def require_read(statement: Statement) -> None:
    """Raise ValueError for a statement that does anything but look, as far as its text can tell."""
    verb = statement.verb
    if verb not in READS:
        raise ValueError(f"a check only looks, and {verb or 'this'} does not: make it an action")
    words = [token.text for token in statement.tokens if token.kind == "word"]
    if verb == "pragma" and (words[1:2] == [] or words[1] not in PRAGMAS or "=" in _marks(statement)):
        raise ValueError(f"of pragmas a check may use only: {', '.join(PRAGMAS)}")
    if verb == "explain" and "analyze" not in words:
        return
    around = zip((None, *statement.tokens), statement.tokens, statement.tokens[1:], strict=False)
    for before, token, after in around:
        begins = before is None or before.text in ("(", ")", "explain", "analyze", "verbose")
        if token.kind == "word" and token.text in _DML and begins and after.kind in ("word", "name"):
            raise ValueError(f"a check only looks, and {token.text} does not: make it an action")
    if any(token.kind == "name" and statement.text[token.start] in "uU" for token in statement.tokens):
        raise ValueError('a check holds no U&"…" name: write the name itself')
    beyond = statement.beyond()
    if beyond:
        raise ValueError(
            f"{beyond[0]} does more than look, even in a read-only transaction: make it an action"
        )


def require_change(statement: Statement) -> None:
    """Raise ValueError for a statement that has no place in one transaction of ours."""
    if statement.verb not in CHANGES:
        raise ValueError(
            f"{statement.verb or 'this'} is no statement for an action, which is one transaction of its own: "
            f"it begins with one of {', '.join(CHANGES)}"
        )


def require_values(statement: Statement, given: int) -> None:
    """Raise ValueError where parameters and `$n` do not fit each other."""
    if statement.values != given:
        raise ValueError(f"the statement takes {counted(statement.values, 'parameter')}, given are {given}")


def _marks(statement: Statement) -> frozenset[str]:
    return frozenset(token.text for token in statement.tokens if token.kind == "mark")


def _tokens(text: str, dialect: Dialect) -> Iterator[Token]:
    form, at = _FORMS[dialect], 0
    while at < len(text):
        match = form.match(text, at)
        if match is None:
            raise ValueError(_unreadable(text, at, dialect))
        kind, end = match.lastgroup, match.end()
        if kind == "block":
            end = _comment_end(text, at, nested=dialect == "postgres")
        elif kind == "tag":
            quote = match[0]
            close = text.find(quote, end)
            if close < 0:
                raise ValueError(f"the text that begins with {quote} does not end")
            end = close + len(quote)
            yield Token("string", text[at:end], at, end)
        elif kind == "string":
            yield Token("string", match[0], at, end)
        elif kind == "word":
            yield Token("word", match[0].lower(), at, end)
        elif kind == "name":
            yield Token("name", match[0].lstrip("uU&")[1:-1].replace('""', '"'), at, end)
        elif kind == "value":
            yield Token("value", match[0], at, end)
        elif kind != "space":
            yield Token("number" if kind == "number" else "mark", match[0], at, end)
        at = end


def _comment_end(text: str, at: int, *, nested: bool) -> int:
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, at):
        if match[0] == "*/":
            depth -= 1
        elif nested or depth == 0:
            depth += 1
        if depth == 0:
            return match.end()
    raise ValueError("a comment that begins with /* does not end")


def _unreadable(text: str, at: int, dialect: Dialect) -> str:
    mark = text[at]
    if mark == "\\":
        return "a backslash: commands of psql are no SQL"
    if mark in "'\"`[":
        return f"what begins with {mark} does not end"
    if mark in "$?:@" and dialect == "sqlite":
        return f"{mark}: write parameters as $1, $2 …"
    return f"{mark!r} has no place in a statement"
