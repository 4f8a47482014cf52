"""What a reference `${name.path}` may begin with, and what may follow, at one place of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.kinds.findings import Route, did_you_mean
from engine.kinds.references import NAME

WORDS: Final = frozenset(
    (
        "inputs",
        "service",
        "services",
        "run",
        "env",
        "environment",
        "thresholds",
        "baselines",
        "each",
        "secrets",
        "sandbox",
        "with",
    )
)
"""First words with a meaning of their own; no step may be named like one of them."""

_SECRET = re.compile(r"secrets\.[A-Z][A-Z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a reference cannot be looked up."""

    rule: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Everything that can be referred to. A word that is missing in `members` may have any member."""

    words: frozenset[str] = frozenset(
        ("services", "run", "env", "environment", "thresholds", "baselines", "secrets", "sandbox")
    )
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    steps: frozenset[str] = frozenset()
    graphs: tuple[Route, ...] = ()
    """The graphs those steps stand in, the innermost first."""

    def plus(self, *words: str) -> Names:
        """Return the names with more words."""
        return replace(self, words=self.words | set(words))

    def inside(self, graph: Route, steps: frozenset[str]) -> Names:
        """Return the names with the steps of an inner graph, where the outer ones are known too."""
        return replace(self, steps=self.steps | steps, graphs=(graph, *self.graphs))

    def fault(self, name: str, *, secrets: bool = True) -> Fault | None:
        """Return what is wrong with a reference, or None."""
        shown = f"'${{{name}}}'"
        if not NAME.match(name):
            fix = "write ${step.fact} or ${inputs.name}; a '${' that is meant literally is written '$${'"
            return Fault("bad-reference", f"{shown} is no reference", fix)
        word, _, rest = name.partition(".")
        if word == "secrets":
            return _secret(name, shown, secrets)
        if word in self.steps:
            return None
        if word not in self.words:
            return Fault("unknown-reference", f"{shown}: {self._unknown(word)}", self._known(word))
        if word in self.members:
            member, _, _ = rest.partition(".")
            if member not in self.members[word]:
                hint = did_you_mean(member, self.members[word])
                known = ", ".join(sorted(self.members[word])) or "none"
                message = f"{shown}: '{word}' has no '{member}'" if member else f"{shown} names no member"
                return Fault("unknown-reference", message, hint or f"known: {known}")
        return None

    def _unknown(self, word: str) -> str:
        if word == "each":
            return "'each' has a value only in an action with for_each"
        if word == "with":
            return "'with' has values only inside the catalogue's checks and actions"
        if word == "service":
            return "this runbook names no service"
        if word == "inputs":
            return "nothing here has inputs"
        return f"there is no step '{word}'"

    def _known(self, word: str) -> str:
        if word in WORDS:
            return ""
        return (
            did_you_mean(word, self.steps | self.words)
            or "name a step of this runbook, or inputs, service, run"
        )


def _secret(name: str, shown: str, allowed: bool) -> Fault | None:
    if not _SECRET.match(name):
        return Fault("bad-reference", f"{shown} is no name of a secret", "write ${secrets.NAME} in capitals")
    if not allowed:
        fix = "put it into the fields of the kind: only what is sent may hold a secret"
        return Fault("secret-misplaced", f"{shown} cannot stand here", fix)
    return None
