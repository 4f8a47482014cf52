"""What an observation means: pass, fail or unknown, with what was expected beside what was seen.

The rules, one table (published as docs/reference/fail-or-unknown.md):

1. *fail*: the target contradicted the expectation. *unknown*: we could not look, or what we saw
   does not say. Unknown never counts as pass.
2. No answer at all (refused, reset, timeout, …) is fail for the kinds that say so (http, tcp),
   unknown for the rest; a check may say otherwise with `no_answer`.
3. We could not look (no credential, no client, refused by policy, a protocol error of the
   intermediary) is always unknown.
4. Of several expectations: any fail is fail, else any unknown is unknown, else pass.
5. An operator on an absent value is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.kinds.frozen import quick
from engine.kinds.values import Json

Answer = Literal["pass", "fail", "unknown"]


@quick
@dataclass(frozen=True, slots=True)
class Seen:
    """One expectation held against what was seen."""

    subject: str
    expected: str
    observed: str
    answer: Answer


@quick
@dataclass(frozen=True, slots=True)
class Observation:
    """What a check kind brought back. Exactly one of: facts, `no_answer`, `cannot`."""

    facts: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 0.0
    body: bytes = b""
    media: str = "text/plain"
    summary: str = ""
    no_answer: str = ""
    cannot: str = ""


@dataclass(frozen=True, slots=True)
class Performed:
    """What an action kind brought back; `unknown` when the change may or may not have happened."""

    outcome: Literal["done", "failed", "unknown"]
    summary: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 0.0
    body: bytes = b""
    media: str = "text/plain"


@quick
@dataclass(frozen=True, slots=True)
class Verdict:
    """The judged observation of one check."""

    answer: Answer
    why: str
    seen: tuple[Seen, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)


def all_of(answers: Iterable[Answer]) -> Answer:
    """Combine answers by rule 4; no answers at all is unknown."""
    found = set(answers)
    if "fail" in found:
        return "fail"
    if "unknown" in found or not found:
        return "unknown"
    return "pass"
