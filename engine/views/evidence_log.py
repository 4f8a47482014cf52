"""One entry for each thing that a run did: when, what, how it ended, how long, and where its output lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.events import Asked, Ended, Happened, Started
from engine.core.plan import Plan
from engine.core.records import EvidenceRef
from engine.kinds.values import Instant
from engine.views.sensitivity import is_sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One operation that ended; `seq` is the record of its end, which makes the entry's place its own."""

    run: str
    seq: int
    at: Instant
    asked_at: Instant
    environment: str
    step: str
    title: str
    effect: str
    command: str
    """What a person would type for it; secrets by name."""
    outcome: str
    why: str
    status: str
    """`exit 1` of a program, `status 502` of a reply, else nothing."""
    seconds: float
    evidence: tuple[EvidenceRef, ...]
    sensitive: bool
    """What was seen stays in the run's folder: no copy, no quotation."""


def entry(run: str, plan: Plan, asked: tuple[Asked, Instant], happened: Happened, ended: Ended) -> Entry:
    """Return the entry of one operation."""
    intent, since = asked
    sensitive = is_sensitive(plan, intent)
    return Entry(
        run=run,
        seq=happened.seq,
        at=happened.at,
        asked_at=since,
        environment=plan.environment,
        step=intent.step,
        title=_title(intent),
        effect=intent.effect,
        command=intent.command or f"{intent.what} {intent.target}".strip(),
        outcome=ended.outcome,
        why="" if sensitive else ended.why,
        status=_status(ended),
        seconds=ended.seconds,
        evidence=ended.evidence,
        sensitive=sensitive,
    )


def entries(happened: Sequence[Happened]) -> tuple[Entry, ...]:
    """Return the entries of a journal, or of its beginning, in order."""
    plan: Plan | None = None
    asked: dict[str, tuple[Asked, Instant]] = {}
    found = []
    for one in happened:
        match one.event:
            case Started(plan=plan):
                pass
            case Asked(what="acknowledgement"):
                pass  # a look every ten seconds whether somebody has answered a page
            case Asked() as intent:
                asked[intent.operation] = (intent, one.at)
            case Ended(operation=name) as ended if plan is not None and name in asked:
                found.append(entry(plan.run, plan, asked.pop(name), one, ended))
            case _:
                pass
    return tuple(found)


def _title(asked: Asked) -> str:
    item = asked.item if asked.item and asked.what == "check" else ""
    return f"{asked.what} {item or asked.title or asked.target}".strip()


def _status(ended: Ended) -> str:
    for name in ("exit", "status"):
        value = ended.facts.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{name} {value}"
    return f"no answer: {ended.no_answer}" if ended.no_answer else ""
