"""What of the catalogue can be measured, and where: each check as a run would ask it, bound and resolved.

Rules:
1. A check without open parameters is one target, under its own name.
2. Parameters that must be given say where to look (`url`, `app`). They are taken from the runbooks: every
   service or address that some runbook asks with this check is a target, `check@service`.
3. What needs a value that only a run knows (a session, a conversation, a machine) cannot be measured by
   itself, and is told as that with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.app.library import Library
from engine.core.plan import Plan, Request, make_plan
from engine.kinds import codec
from engine.kinds.errors import EngineError, FileErrors, UsageError
from engine.kinds.findings import did_you_mean
from engine.kinds.references import ABSENT, Absent, references, resolve
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant, Json

_PLACE: Final = re.compile(r"\$\{(?:services\.([\w-]+)|(service)|env)\.([\w-]+)\}")
RUN: Final = "PROBE"


@dataclass(frozen=True, slots=True)
class Target:
    """One check at one place."""

    name: str
    use: CheckUse


@dataclass(frozen=True, slots=True)
class Left:
    """A check that is not measured, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Measurable:
    """What can be measured, what cannot, and a plan that reaches for no more than that."""

    targets: tuple[Target, ...]
    left: tuple[Left, ...]
    plan: Plan | None


def measurable(library: Library, request: Request, now: Instant, only: Sequence[str] = ()) -> Measurable:
    """Return the targets of an environment; raises UsageError for a name that is none, or FileErrors."""
    places = _places(library, request.environment)
    targets, left, plans = [], [], []
    for check, where in _wanted(library, places, only):
        template = library.catalogue.check_templates[check]
        needed = sorted(name for name, value in template.params.items() if value is None)
        bound = (
            [one for one in places.get(check, ()) if sorted(one.given) == needed] if needed else [_NOWHERE]
        )
        if not bound:
            left.append(Left(check, _unbound(needed)))
        for one in bound:
            name = f"{check}@{one.name}" if one.name else check
            if where in ("", one.name):
                try:
                    use, plan = _bound(library, request, now, check, one.given)
                except FileErrors as broken:
                    left.append(Left(name, broken.findings[0].finding.message))
                except (EngineError, ValueError) as refused:
                    left.append(Left(name, getattr(refused, "message", str(refused))))
                else:
                    targets.append(Target(name, use))
                    plans.append(plan)
    return Measurable(tuple(targets), tuple(left), _together(plans))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a runbook asks a check: a short name, and the parameters."""

    name: str
    given: Mapping[str, str]


_NOWHERE: Final = _Place("", {})


def _wanted(
    library: Library, places: Mapping[str, Sequence[_Place]], only: Sequence[str]
) -> Iterator[tuple[str, str]]:
    known = library.catalogue.check_templates
    if not only:
        yield from ((name, "") for name in sorted(known))
        return
    for said in dict.fromkeys(only):
        name, _, where = said.partition("@")
        if name not in known:
            hint = did_you_mean(name, known) or "`runbook probe` measures all there are"
            raise UsageError(f"the catalogue has no check '{name}'", hint=hint)
        there = [one.name for one in places.get(name, ())]
        if where and where not in there:
            hint = did_you_mean(where, there) or f"known: {', '.join(there) or 'none'}"
            raise UsageError(f"no runbook asks '{name}' of '{where}'", hint=hint)
        yield name, where


def _places(library: Library, environment: str) -> Mapping[str, Sequence[_Place]]:
    """Return where the runbooks of an environment ask each check of the catalogue."""
    found: dict[str, dict[str, _Place]] = {}
    for path in library.workspace.runbook_files().values():
        try:
            data = library.document(path).data
        except FileErrors:
            continue  # a broken runbook is another command's to tell
        allowed = data.get("environments")
        if isinstance(allowed, list) and environment not in allowed:
            continue
        for name, given in _uses(data):
            place = _place(given, str(data.get("service", "")))
            if place is not None:
                found.setdefault(name, {}).setdefault(place.name, place)
    return {name: tuple(places.values()) for name, places in found.items()}


def _uses(data: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    if isinstance(data, Mapping):
        name, given = data.get("use"), data.get("with")
        if isinstance(name, str) and isinstance(given, Mapping):
            yield name, given
        for value in data.values():
            yield from _uses(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _uses(value)


def _place(given: Mapping[str, Json], service: str) -> _Place | None:
    """Return the place that `with` names, or None where it names none or needs what only a run knows."""
    bound: dict[str, str] = {}
    name = ""
    for key, value in given.items():
        if key not in ("url", "app"):
            continue
        match = _PLACE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        other, own, member = match.groups()
        name = other or (service if own else member)
        bound[key] = f"${{env.{member}}}" if not other and not own else f"${{services.{name}.{member}}}"
    return _Place(name, bound) if bound and name else None


def _unbound(needed: Sequence[str]) -> str:
    only_run = [name for name in needed if name not in ("url", "app")]
    if only_run:
        return f"it needs what only a run knows: {', '.join(only_run)}"
    return f"no runbook of this environment says where to look: {', '.join(needed)}"


def _bound(
    library: Library, request: Request, now: Instant, check: str, given: Mapping[str, str]
) -> tuple[CheckUse, Plan]:
    """Return the check as a run would ask it; raises EngineError or ValueError where that cannot be."""
    from engine.model.loading import load_runbook
    from engine.model.source import Document, read

    used: dict[str, Json] = {"use": check, **({"with": dict(given)} if given else {})}
    step: Json = {"checks": {"probe": used}, "then": {"any": "escalated"}}
    text = json.dumps({"runbook": "probe", "title": "Measure", "steps": {"measure": step}})
    document = read(text.encode(), "probe")
    if not isinstance(document, Document):
        raise FileErrors(document)
    runbook = load_runbook(document, library.catalogue).require()
    quiet = replace(library.catalogue, channels={}, precautions={})  # nobody is told of a measurement
    plan = make_plan(runbook, library.runbook, quiet, request)
    measure = plan.steps["measure"].step
    if not isinstance(measure, ChecksStep):
        raise ValueError("a fault of ours: no checks were planned")
    use = _of_now(measure.checks["probe"], now)
    unknown = [one for one in references(codec.plain(use.kind)) if not one.startswith("secrets.")]
    away = [one for one in unknown if one.startswith(("sandbox.", "env."))]
    if away:
        raise ValueError(f"{request.environment} has no address for {', '.join(dict.fromkeys(away))}")
    if unknown:
        raise ValueError(f"it needs what only a run knows: {', '.join(dict.fromkeys(unknown))}")
    return use, plan


def _of_now(use: CheckUse, now: Instant) -> CheckUse:
    """Return the check with what a run would know of itself: it begins now."""
    run: Mapping[str, Json] = {"run.id": RUN, "run.since": str(now), "run.started": str(now)}

    def lookup(name: str) -> Json | Absent:
        return run.get(name, ABSENT)

    return codec.decode(CheckUse, resolve(codec.plain(use), lookup, partial=True), "check")


def _together(plans: Sequence[Plan]) -> Plan | None:
    """Return one plan with the steps of all: what secrets and hosts are looked up for."""
    if not plans:
        return None
    steps = {f"measure-{number}": plan.steps["measure"] for number, plan in enumerate(plans)}
    return replace(plans[0], steps=steps)
