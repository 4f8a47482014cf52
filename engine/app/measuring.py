"""`probe`: measure checks of the catalogue now, each many times, and hold them against a record.

Rules:
1. Nothing is changed: a check only reads, and is guarded like in a run.
2. Places are measured side by side, the checks of one place one after another: two at once measure each
   other.
3. A budget within a check (`seconds`) judges the P95 of all good tries, not the single try: a slow answer is
   an answer. Everything else of its expectation decides whether a try is good.
4. Where no control probe answers, it is our own network, and nothing is measured.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from engine.app.baselines import load
from engine.app.library import Library
from engine.app.measurable import RUN, Left, Measurable, Target, measurable
from engine.app.parts import (
    boot_clock,
    guard_of,
    live_parts,
    redactor_of,
    secret_names,
    secrets_of,
    system_now,
)
from engine.app.running import NO_ENVIRONMENT, chosen_environment, needs_sandbox
from engine.app.sandbox import attach
from engine.app.workspace import Workspace
from engine.core.plan import Plan, Request
from engine.io.drivers.ledger import Ledger
from engine.io.journal.files import FileJournal
from engine.io.redaction import Redactor
from engine.io.world.guarded import GuardedWorld
from engine.kinds.checks.samples import MOST, SamplesCheck
from engine.kinds.errors import UsageError
from engine.kinds.findings import meant_or_known
from engine.kinds.matchers import Matcher
from engine.kinds.observing import observed
from engine.kinds.ports import CannotLook, World
from engine.kinds.replies import as_list, as_mapping, as_text
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Answer, Observation
from engine.views.measured import Measured, Recorded, Trial, against

SAMPLES: Final = 10
WARM_UP: Final = 1
LONGEST: Final = 300.0
"""Seconds that the tries of one check take together at most; what there was no time for is told."""
Told = Callable[[Measured], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What to measure."""

    workspace: Workspace
    checks: tuple[str, ...] = ()
    environment: str = ""
    samples: int | None = None
    """Good tries wanted of each; None: the check's own number, or ten."""
    baseline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What was measured, where, and what could not be."""

    environment: str
    measured: tuple[Measured, ...]
    left: tuple[Left, ...]
    network: bool = True
    """False: no control probe answered, so nothing was measured."""


def probe(asked: Probe, told: Told = lambda one: None) -> Probed:
    """Measure; raises UsageError for what was asked wrongly, FileErrors for files that cannot be read."""
    samples = asked.samples
    if samples is not None and not 1 <= samples <= MOST - WARM_UP:
        raise UsageError(
            f"{samples} tries", hint=f"give 1 to {MOST - WARM_UP}; ten are compared with a record"
        )
    library = Library(asked.workspace)
    environment = chosen_environment(library, asked.environment)
    if environment not in library.catalogue.environments:
        hint = meant_or_known(environment, library.catalogue.environments, NO_ENVIRONMENT)
        raise UsageError(f"there is no environment '{environment}'", hint=hint)
    old = load(asked.workspace, asked.baseline) if asked.baseline else {}
    sandbox: Mapping[str, str] = {}
    if library.catalogue.environments[environment].drills and needs_sandbox(library, environment):
        sandbox = attach(asked.workspace).urls
    request = Request(run=RUN, environment=environment, sandbox=sandbox)
    found = measurable(library, request, system_now(), asked.checks)
    if found.plan is None:
        return Probed(environment=environment, measured=(), left=found.left)
    return asyncio.run(_live(asked, environment, found, found.plan, old, told))


async def _live(
    asked: Probe,
    environment: str,
    found: Measurable,
    plan: Plan,
    old: Mapping[str, Recorded],
    told: Told,
) -> Probed:
    """Measure on real sockets, with the parts and guards of a run."""
    workspace = asked.workspace
    secrets = secrets_of(plan, workspace.environ, workspace.root)
    secrets.values(sorted(secret_names(plan)))
    folder = workspace.state / "probe"
    journal = FileJournal(folder)  # never written: a world belongs to a run
    ledger = Ledger(journal, system_now, boot_clock)
    parts = live_parts(folder, plan, ledger, journal, workspace.environ, workspace.root, lambda: ())
    world = GuardedWorld(parts.world, guard_of(plan, secrets, workspace.root), "read")
    try:
        if plan.controls and not await _network(plan, world):
            return Probed(environment=environment, measured=(), left=found.left, network=False)
        made = await measure(found.targets, world, redactor_of(plan, secrets), asked.samples, old, told)
    finally:
        await parts.world.close()
    return Probed(environment=environment, measured=made, left=found.left)


async def measure(
    targets: Sequence[Target],
    world: World,
    redactor: Redactor,
    samples: int | None,
    old: Mapping[str, Recorded],
    told: Told = lambda one: None,
) -> tuple[Measured, ...]:
    """Return what each target comes to, in the order given; places side by side."""
    places: dict[str, list[Target]] = {}
    for target in targets:
        places.setdefault(_place(target.use.kind.target()), []).append(target)
    found: dict[str, Measured] = {}

    async def one_place(queue: Sequence[Target]) -> None:
        for target in queue:
            made = await _measured(target, world, redactor, samples, old.get(target.name))
            found[target.name] = made
            told(made)

    await asyncio.gather(*(one_place(queue) for queue in places.values()))
    return tuple(found[target.name] for target in targets)


def sampled(use: CheckUse, samples: int | None, old: Recorded | None) -> CheckUse:
    """Return the check made many times: what judges a try inside, what judges all of them outside."""
    kind = use.kind
    if isinstance(kind, SamplesCheck):
        number, most = samples or kind.n, float(use.timeout)
        baseline = dict(old.baseline()) if old and old.ok else kind.baseline
        longer = max(1.0, (number + kind.warm_up) / (kind.n + kind.warm_up))
        many = replace(kind, n=number, least=min(kind.least, number), baseline=baseline)
        return replace(use, kind=many, timeout=Duration(min(most * longer, LONGEST)), look=None)
    number = samples or SAMPLES
    inner = use.expected()
    within = {name: matcher for name, matcher in inner.items() if name == "seconds"}
    if within:
        rest = {name: matcher for name, matcher in inner.items() if name not in within}
        use = replace(use, expect=rest or {"seconds": Matcher.parse({"exists": True})})
    many = SamplesCheck(
        samples=replace(use, look=None),
        n=number,
        warm_up=WARM_UP if number > 1 else 0,  # who asks for one try wants to know how it is now
        least=min(5, number),
        baseline=dict(old.baseline()) if old and old.ok else None,
    )
    expect = {name: Matcher.parse(data) for name, data in SamplesCheck.default_expect.items()}
    patience = min(float(use.timeout) * (number + many.warm_up), LONGEST)
    return CheckUse(
        kind=many,
        name=use.name,
        title=use.title,
        expect={**expect, **({"p95": within["seconds"]} if within else {})},
        timeout=Duration(patience),
        no_answer=use.no_answer,
    )


async def _measured(
    target: Target, world: World, redactor: Redactor, samples: int | None, old: Recorded | None
) -> Measured:
    began = str(system_now())
    try:
        use = sampled(target.use, samples, old)
        try:
            seen = await observed(use, world, float(use.timeout))
        except CannotLook as cannot:
            seen = Observation(cannot=str(cannot))
        verdict = judge(use, seen)
    except Exception as fault:  # the others are measured all the same
        why = redactor.text(f"a fault of the engine itself: {type(fault).__name__}: {fault}")
        return Measured(check=target.name, target="", answer="unknown", why=why)
    facts = {name: redactor.data(value) for name, value in verdict.facts.items()}
    return Measured(
        check=target.name,
        target=redactor.text(use.kind.target()),
        answer=verdict.answer,
        why=redactor.text(verdict.why),
        title=redactor.text(target.use.title),
        budget=_budget(use),
        facts=facts,
        trials=tuple(_trials(target.name, began, seen, redactor)),
        against=against(facts, old) if old is not None and facts else None,
    )


async def _network(plan: Plan, world: World) -> bool:
    """Say whether any control probe answers."""
    looks = (_answers(one, world) for one in plan.controls.values())
    return any(await asyncio.gather(*looks))


async def _answers(use: CheckUse, world: World) -> bool:
    try:
        return judge(use, await observed(use, world, float(use.timeout))).answer == "pass"
    except CannotLook:
        return False


def _trials(name: str, at: str, seen: Observation, redactor: Redactor) -> list[Trial]:
    """Return the tries one by one, from the evidence of the check `samples`."""
    try:
        tries = as_list(as_mapping(json.loads(seen.body)).get("tries")) if seen.body else []
    except ValueError:
        return []
    return [_trial(name, at, as_mapping(one), redactor) for one in tries]


def _trial(name: str, at: str, one: Mapping[str, Json], redactor: Redactor) -> Trial:
    said, seconds = as_text(one.get("answer")), one.get("seconds")
    answer: Answer = "pass" if said == "pass" else "fail" if said == "fail" else "unknown"
    return Trial(
        check=name,
        at=at,
        answer=answer,
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        why=redactor.text(as_text(one.get("why"))),
        warm_up=one.get("warm_up") is True,
    )


def _budget(use: CheckUse) -> str:
    """Return what is expected of the P95, as it is explained."""
    matcher = use.expect.get("p95")
    return matcher.judge(0.0).expected if matcher is not None else ""


def _place(target: str) -> str:
    """Return what must not be measured twice at once: the host, else the target's first word."""
    for word in target.split():
        host = urlsplit(word).netloc if "://" in word else ""
        if host:
            return host
    return target.split("/")[0]
