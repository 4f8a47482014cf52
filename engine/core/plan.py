"""The plan of one run: every step resolved as far as it can be before anything is asked.

Rules:
1. What the team wrote is resolved here, once: `service`, `services`, `env`, `sandbox` and `with`. Facts,
   inputs (an alert may have brought them), `each` and `run` are resolved when asked, so that a reference in
   them is never followed; secrets stay names for ever.
2. A sub-runbook and every branch of a `parallel` is a *scope*: steps are named by path,
   `scope/step`, and no edge crosses a border.
3. Every outcome of every step has a route. What the author left open goes to `otherwise`.
4. The plan travels as canonical JSON in the first record; its digest names it. An edited file never
   changes a run in progress.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from engine.core.by_stdio import asks, with_servers
from engine.kinds import codec, patterns
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import OTHERWISE, Node
from engine.kinds.paths import look_up
from engine.kinds.references import Absent, resolve, text_of
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant, Json
from engine.model.catalogue import Catalogue, Channel, Environment, McpServer, Role, SeverityLevel
from engine.model.guards import Approver, Credential, Guards, Rule, Window
from engine.model.runbook import Budgets, Input, Runbook

DECISION_VERSION = 2
"""Raised when `next_moves` answers an old journal differently (see docs/explain/journal.md)."""

LONGEST_KEY = 255
"""PagerDuty's limit for a dedup key."""

_UNFIT = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters no input holds: controls, half characters, line and paragraph separators."""
T = TypeVar("T")
_HERE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?)?(?:127\.[0-9.]+|localhost|\[::1\]):[0-9]+(?:[/?#]|\Z)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of the plan, under its path."""

    path: str
    scope: str
    name: str
    title: str
    phase: str
    step: Step
    routes: Mapping[str, str]
    why: str = ""
    budget: Duration | None = None
    timeout: Duration | None = None
    visits: int = 1
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One graph: the root (path ""), a sub-runbook, or a branch."""

    path: str
    runbook: str
    start: str
    parent: str = ""
    """The path of the step that opens it; empty for the root."""
    branch: bool = False
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Values for `inputs`; of a sub-runbook, references into the parent's scope."""
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything the core needs to know about one run."""

    run: str
    runbook: str
    title: str
    environment: str
    steps: Mapping[str, PlanStep]
    scopes: Mapping[str, Scope]
    decision: int = 1
    """The version of the decisions this run is driven by; what a record does not say was version 1."""
    real: bool = True
    drills: bool = False
    time_scale: float = 1.0
    service: str = ""
    severity: str = ""
    owner: str = ""
    since: Instant | None = None
    """When the alert fired; ladder and cadence count from it. None: from the start of the run."""
    budgets: Budgets = Budgets()
    controls: Mapping[str, CheckUse] = field(default_factory=dict)
    severities: Mapping[str, SeverityLevel] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    policy: tuple[Rule, ...] = ()
    mcp: Mapping[str, McpServer] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    impact: str = ""
    guards: Guards = field(default_factory=Guards)
    windows: Mapping[str, Window] = field(default_factory=dict)
    people: Mapping[str, Approver] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    incident: str = ""
    """The dedup key of a PagerDuty incident that is joined: no second one is opened beside it."""
    precautions: Mapping[str, CheckUse] = field(default_factory=dict)
    """Looks for somebody else's change in flight, before the first change of the run."""
    drill_targets: tuple[str, ...] = ()
    """Of a drill: the addresses of its own targets. Nothing else may be reached."""

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON."""
        return hashlib.sha256(codec.canonical(self).encode()).hexdigest()

    def resolved_path(self, scope: str, target: str) -> str:
        """Return the path of a step named in a scope."""
        return f"{scope}/{target}" if scope else target


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the operator asked for."""

    run: str
    environment: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    since: Instant | None = None
    sandbox: Mapping[str, str] = field(default_factory=dict)
    """Base URLs of the stand-ins, by service."""
    operator_role: str = ""
    incident: str = ""
    """The dedup key of a PagerDuty incident to join."""


def make_plan(
    runbook: Runbook, library: Callable[[str], Runbook], catalogue: Catalogue, request: Request
) -> Plan:
    """Plan one run; raises UsageError naming every value that is missing."""
    environment = catalogue.environments.get(request.environment)
    if environment is None:
        hint = did_you_mean(request.environment, catalogue.environments)
        known = ", ".join(catalogue.environments)
        raise UsageError(f"there is no environment '{request.environment}'", hint=hint or f"known: {known}")
    if runbook.environments and request.environment not in runbook.environments:
        raise UsageError(f"{runbook.runbook} runs only in {', '.join(runbook.environments)}")
    inputs, problems = _inputs(runbook, request.inputs)
    steps: dict[str, PlanStep] = {}
    scopes: dict[str, Scope] = {}
    builder = _Builder(library, steps, scopes, catalogue, request, problems)
    builder.scope(runbook, "", inputs, ())
    known_here = builder.known(runbook)
    controls = {
        name: builder.resolved(CheckUse, check, known_here, f"control {name}")
        for name, check in catalogue.controls.items()
    }
    precautions = {
        name: builder.resolved(CheckUse, one.check, known_here, f"precaution {name}")
        for name, one in catalogue.precautions.items()
        if not one.services or runbook.service in one.services
    }
    servers = {}
    for name, one in catalogue.mcp.items():
        before = len(problems)
        servers[name] = builder.resolved(McpServer, one, known_here, f"mcp {name}")
        if len(problems) > before and not asks((steps, controls, precautions), name):
            del problems[before:], servers[name]  # an environment may well lack what this run does not ask
    channels = {
        n: builder.resolved(Channel, c, known_here, f"channel {n}") for n, c in catalogue.channels.items()
    }
    problems += _joining(request.incident, channels)
    if problems:
        raise UsageError("; ".join(dict.fromkeys(problems)), hint=f"see `runbook explain {runbook.runbook}`")
    return Plan(
        decision=DECISION_VERSION,
        run=request.run,
        runbook=runbook.runbook,
        title=runbook.title,
        environment=request.environment,
        steps=with_servers(steps, servers),
        scopes=scopes,
        real=environment.real,
        drills=environment.drills,
        time_scale=float(environment.time_scale) if environment.drills else 1.0,
        service=runbook.service,
        severity=_severity(catalogue, runbook.severity),
        owner=runbook.owner,
        since=request.since,
        incident=request.incident,
        budgets=runbook.budgets,
        controls=with_servers(controls, servers),
        severities=catalogue.severities,
        roles=catalogue.roles,
        policy=catalogue.policy,
        mcp=servers,
        channels=channels,
        impact=runbook.impact,
        guards=catalogue.guards,
        windows=catalogue.windows,
        people=catalogue.people,
        credentials=catalogue.credentials,
        precautions=with_servers(precautions, servers),
        drill_targets=_drill_targets(known_here, request) if environment.drills else (),
    )


@dataclass(frozen=True, slots=True)
class _Builder:
    library: Callable[[str], Runbook]
    steps: dict[str, PlanStep]
    scopes: dict[str, Scope]
    catalogue: Catalogue
    request: Request
    problems: list[str]

    def scope(self, runbook: Runbook, path: str, inputs: Mapping[str, Json], stack: tuple[str, ...]) -> None:
        """Add a whole runbook as a scope; the path of a sub-runbook is that of its step."""
        if runbook.runbook in stack:
            self.problems.append(f"{' -> '.join([*stack, runbook.runbook])} calls itself")
            return
        known = self.known(runbook)
        if not path:  # what the team wrote into the file; what was given is looked up when asked
            known["inputs"] = {n: value for n, value in inputs.items() if n not in self.request.inputs}
        otherwise = runbook.otherwise or ("escalated" if path else OTHERWISE)
        start = runbook.start or next(iter(runbook.steps))
        outputs = _mapping(self.written(runbook.outputs, known, f"outputs of {runbook.runbook}"))
        self.scopes[path] = Scope(
            path=path,
            runbook=runbook.runbook,
            start=start,
            parent=path,
            inputs=inputs,
            outputs={name: text_of(value) for name, value in outputs.items()},
        )
        self.nodes(runbook.steps, path, known, otherwise, (*stack, runbook.runbook))
        if otherwise == OTHERWISE:
            self.ladder(runbook)

    def nodes(
        self,
        nodes: Mapping[str, Node],
        scope: str,
        known: Mapping[str, Json],
        otherwise: str,
        stack: tuple[str, ...],
    ) -> None:
        """Add the steps of one graph."""
        phase = "diagnose"
        for name, node in nodes.items():
            phase = node.phase or phase
            path = f"{scope}/{name}" if scope else name
            step = self.opened(node.step, path, known, stack)
            self.steps[path] = PlanStep(
                path=path,
                scope=scope,
                name=name,
                title=node.title or name.replace("-", " "),
                phase=phase,
                step=self.resolved(Step, step, known, f"step {path}"),
                routes=_routes(node, otherwise),
                why=node.why,
                budget=node.budget,
                timeout=node.timeout,
                visits=node.visits,
                link=self.resolved(str, node.link, known, f"step {path}"),
            )

    def opened(self, step: Step, path: str, known: Mapping[str, Json], stack: tuple[str, ...]) -> Step:
        """Inline what a step opens, and return the step without it."""
        if isinstance(step, ParallelStep):
            for name, branch in step.parallel.items():
                inner = f"{path}/{name}"
                start = branch.start or next(iter(branch.steps))
                self.scopes[inner] = Scope(path=inner, runbook="", start=start, parent=path, branch=True)
                self.nodes(branch.steps, inner, known, "fail", stack)
            return replace(step, parallel={name: Branch() for name in step.parallel})
        if isinstance(step, RunbookStep):
            child = self.library(step.runbook)
            given = {name: spec.default for name, spec in child.inputs.items() if not spec.required}
            given |= _mapping(self.written(step.inputs, known, f"step {path}"))
            missing = [name for name, spec in child.inputs.items() if spec.required and name not in given]
            if missing:
                self.problems.append(f"step {path}: {step.runbook} needs {', '.join(missing)}")
            self.scope(child, path, given, stack)
        return step

    def ladder(self, runbook: Runbook) -> None:
        """Add the built-in `otherwise`: page the roles of the severity's ladder one after another."""
        level = self.catalogue.severities.get(_severity(self.catalogue, runbook.severity))
        rungs = level.ladder if level else ()
        found = dict.fromkeys(rung.role for rung in rungs if rung.role != self.request.operator_role)
        roles = list(found) or [runbook.owner or "owner"]
        names = [OTHERWISE, *(f"{OTHERWISE}-{n + 2}" for n in range(len(roles) - 1)), "escalated"]
        for n, role in enumerate(roles):
            within = self.catalogue.roles[role].within if role in self.catalogue.roles else Duration(300.0)
            routes = dict.fromkeys(("unanswered", "undelivered", "limit", "skipped"), names[n + 1])
            self.steps[names[n]] = PlanStep(
                path=names[n],
                scope="",
                name=names[n],
                title=f"Hand over to the {role}",
                phase="close",
                step=EscalateStep(
                    escalate=role,
                    decision="The runbook cannot go on by itself: take over and decide the next step",
                    within=within,
                ),
                routes={"acknowledged": "escalated", **routes},
            )

    def resolved(self, kind: type[T], value: T, known: Mapping[str, Json], where: str) -> T:
        """Return a part of the model with what is known now written in."""

        data = self.written(codec.plain(value), known, where)
        try:
            return codec.decode(kind, data, where)
        except ValueError as error:
            self.problems.append(f"{where}: {error}")
            return value

    def written(self, data: Json, known: Mapping[str, Json], where: str) -> Json:
        """Return plain data with what is known now written in."""

        def lookup(name: str) -> Json | Absent:
            found = look_up(known, name)
            head = name.partition(".")[0]
            if isinstance(found, Absent) and head in known and head != "inputs":
                self.problems.append(
                    f"{where}: ${{{name}}} has no value in environment {self.request.environment}"
                )
            return found

        return resolve(resolve(data, lookup, partial=True), lookup, partial=True)

    def known(self, runbook: Runbook) -> dict[str, Json]:
        """Return what can be looked up while planning one runbook."""
        environment = self.catalogue.environments.get(self.request.environment, Environment())
        sandbox: Mapping[str, Json] = dict(self.request.sandbox)

        def urls(name: str) -> Json | Absent:
            return look_up({"sandbox": sandbox, "env": dict(environment.variables)}, name)

        services: dict[str, Json] = {
            name: {
                "name": name,
                **_mapping(
                    resolve(service.environments.get(self.request.environment, {}), urls, partial=True)
                ),
            }
            for name, service in self.catalogue.services.items()
        }
        return {
            "service": services.get(runbook.service, {}),
            "services": services,
            "env": resolve(dict(environment.variables), urls, partial=True),
            "environment": self.request.environment,
            "thresholds": {name: threshold.value for name, threshold in self.catalogue.thresholds.items()},
            "baselines": {
                name: {**one.values, "n": one.n, "method": one.method, "source": one.source}
                for name, one in self.catalogue.baselines.items()
            },
        }


def _joining(incident: str, channels: Mapping[str, Channel]) -> list[str]:
    """Return why an incident cannot be joined."""
    if not incident:
        return []
    if len(incident) > LONGEST_KEY or not incident.isprintable() or incident != incident.strip():
        return [f"the incident's key is one line of at most {LONGEST_KEY} characters"]
    if not any(channel.type == "pagerduty" for channel in channels.values()):
        return ["an incident is joined by a channel of the type pagerduty, and there is none"]
    return []


def _drill_targets(known: Mapping[str, Json], request: Request) -> tuple[str, ...]:
    """Return the stand-ins' addresses, and those of this machine that the environment itself names."""
    declared = (text for part in (known["env"], known["services"]) for text in _texts(part))
    here = (text for text in declared if _HERE.match(text))
    return tuple(dict.fromkeys((*request.sandbox.values(), *here)))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)


def _severity(catalogue: Catalogue, word: str) -> str:
    """Return a severity by the catalogue's own name for it."""
    return next((name for name, level in catalogue.severities.items() if word in level.aliases), word)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _routes(node: Node, otherwise: str) -> Mapping[str, str]:
    """Return a target for every outcome; `limit` and `skipped` are outcomes of every kind."""
    routes = dict(node.then)
    for outcome in (*node.step.outcomes(), "limit"):
        routes.setdefault(outcome, otherwise)
    good = next((routes[outcome] for outcome in node.step.good), otherwise)
    if isinstance(node.step, DecideStep):
        good = node.step.otherwise
    routes.setdefault("skipped", routes["failed"] if isinstance(node.step, ActionStep) else good)
    return routes


def _inputs(runbook: Runbook, given: Mapping[str, str]) -> tuple[Mapping[str, Json], list[str]]:
    problems = [
        f"there is no input '{name}'" + (f": {hint}" if (hint := did_you_mean(name, runbook.inputs)) else "")
        for name in given
        if name not in runbook.inputs
    ]
    inputs: dict[str, Json] = {}
    for name, spec in runbook.inputs.items():
        if name in given:
            inputs[name] = given[name]
            problem = unfit(spec, given[name])
            if problem:
                problems.append(f"input '{name}' {problem}")
        elif spec.required:
            problems.append(f"input '{name}' is required: add --input {name}=VALUE")
        else:
            inputs[name] = spec.default
    return inputs, problems


def unfit(spec: Input, text: str) -> str:
    """Return what is wrong with a value that came from outside, empty when nothing is."""
    if len(text) > spec.max_length:
        return f"has {len(text)} characters: {spec.max_length} at most"
    at = next((n for n, mark in enumerate(text) if unicodedata.category(mark) in _UNFIT), -1)
    if at >= 0:
        return f"holds U+{ord(text[at]):04X} (character {at + 1}): no line breaks or control characters"
    if spec.pattern:
        fits = patterns.found(rf"\A(?:{spec.pattern})\z", text)
        if fits is None:
            return f"has the pattern {spec.pattern}, which cannot be searched in linear time: rewrite it"
        if not fits:
            return f"must match {spec.pattern}"
    return ""
