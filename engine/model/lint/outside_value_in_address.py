"""A value from outside in the part of an address that says which host is asked.

Whoever can write that value (an alert, an answer of a system, a person's input) chooses where our requests,
and the credentials in them, go. A path or a query is percent-encoded by the engine; a host cannot be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from engine.kinds import patterns
from engine.kinds.findings import Severity
from engine.kinds.references import references
from engine.model.addresses import host_part, texts
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.lint._values import OURS
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "write the host in the catalogue (service, environment), and let the value choose among those"
BEFORE: Final = """
inputs: {shop: {title: Which shop, required: true}}
steps:
  look: {check: {http: 'https://${inputs.shop}/health'}, then: {any: escalated}}
"""
AFTER: Final = """
inputs: {shop: {title: Which shop, required: true, pattern: '[a-z0-9-]+\\\\.shops\\\\.example'}}
steps:
  look: {check: {http: 'https://${inputs.shop}/health'}, then: {any: escalated}}
"""

_STRANGER: Final = "stranger.example"
_STRANGE: Final = tuple(
    f"{before}{_STRANGER}{after}" for before in ("", "a@", "a.") for after in ("", "/", "#", "?")
)
"""Values that would lead a request away, where a pattern lets them pass."""
_REFERENCE: Final = re.compile(r"\$\{[^{}]*\}")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield facts, and inputs without a pattern, in a host."""
    for one in used(graph):
        for place, text in texts(one.use.kind):
            for name in references(host_part(one.use.kind, str(place[0]), text)):
                word, _, rest = name.partition(".")
                if word in OURS:
                    continue
                given = runbook.inputs.get(rest.partition(".")[0]) if word == "inputs" else None
                if given is not None and given.pattern and not _lets_in(given.pattern, text, name):
                    continue
                fix = "give the input a 'pattern' that only your own hosts match" if given is not None else ""
                message = f"${{{name}}} comes from outside, and says which host is asked"
                yield Fault((*one.place, *place), message, fix, at_key=False)


def _lets_in(pattern: str, text: str, name: str) -> bool:
    """Say whether a value that fits a pattern can name somebody else's host."""
    for value in _STRANGE:
        if patterns.found(rf"\A(?:{pattern})\z", value):
            host = _REFERENCE.sub("x", text.replace(f"${{{name}}}", value))
            try:
                asked = urlsplit(host if "://" in host else f"//{host}").hostname or ""
            except ValueError:
                continue
            if asked == _STRANGER or asked.endswith(f".{_STRANGER}"):
                return True
    return False
