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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.core.by_stdio import asks, with_servers
from engine.core.inputs import inputs_of
from engine.core.writing import Writing, drill_targets, mapping_of
from engine.kinds import codec
from engine.kinds.errors import UsageError
from engine.kinds.findings import meant_or_known
from engine.kinds.nodes import OTHERWISE, Node
from engine.kinds.references import text_of
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant, Json
from engine.model.catalogue import Catalogue, Channel, McpServer, Role, SeverityLevel
from engine.model.guards import Approver, Credential, Guards, Rule, Window
from engine.model.runbook import Budgets, Runbook

DECISION_VERSION = 2
"""Raised when `next_moves` answers an old journal differently (see docs/explain/journal.md)."""

LONGEST_KEY = 255
"""PagerDuty's limit for a dedup key."""


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
        nothing = "the catalogue has none: write it below 'environments'"
        hint = meant_or_known(request.environment, catalogue.environments, nothing)
        raise UsageError(f"there is no environment '{request.environment}'", hint=hint)
    if runbook.environments and request.environment not in runbook.environments:
        raise UsageError(f"{runbook.runbook} runs only in {', '.join(runbook.environments)}")
    inputs, problems = inputs_of(runbook, request.inputs)
    steps: dict[str, PlanStep] = {}
    scopes: dict[str, Scope] = {}
    writing = Writing(catalogue, request.environment, request.sandbox, problems)
    builder = _Builder(library, steps, scopes, catalogue, request, writing)
    builder.scope(runbook, "", inputs, ())
    known_here = writing.known(runbook)
    controls = {
        name: writing.resolved(CheckUse, check, known_here, f"control {name}")
        for name, check in catalogue.controls.items()
    }
    precautions = {
        name: writing.resolved(CheckUse, one.check, known_here, f"precaution {name}")
        for name, one in catalogue.precautions.items()
        if not one.services or runbook.service in one.services
    }
    servers = {}
    for name, one in catalogue.mcp.items():
        before = len(problems)
        servers[name] = writing.resolved(McpServer, one, known_here, f"mcp {name}")
        if len(problems) > before and not asks((steps, controls, precautions), name):
            del problems[before:], servers[name]  # an environment may well lack what this run does not ask
    channels = {
        n: writing.resolved(Channel, c, known_here, f"channel {n}") for n, c in catalogue.channels.items()
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
        drill_targets=drill_targets(known_here, tuple(request.sandbox.values()))
        if environment.drills
        else (),
    )


@dataclass(frozen=True, slots=True)
class _Builder:
    library: Callable[[str], Runbook]
    steps: dict[str, PlanStep]
    scopes: dict[str, Scope]
    catalogue: Catalogue
    request: Request
    writing: Writing

    def scope(self, runbook: Runbook, path: str, inputs: Mapping[str, Json], stack: tuple[str, ...]) -> None:
        """Add a whole runbook as a scope; the path of a sub-runbook is that of its step."""
        if runbook.runbook in stack:
            self.writing.problems.append(f"{' -> '.join([*stack, runbook.runbook])} calls itself")
            return
        known = self.writing.known(runbook)
        if not path:  # what the team wrote into the file; what was given is looked up when asked
            known["inputs"] = {n: value for n, value in inputs.items() if n not in self.request.inputs}
        otherwise = runbook.otherwise or ("escalated" if path else OTHERWISE)
        start = runbook.start or next(iter(runbook.steps))
        outputs = mapping_of(self.writing.written(runbook.outputs, known, f"outputs of {runbook.runbook}"))
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
                step=self.writing.resolved(Step, step, known, f"step {path}"),
                routes=_routes(node, otherwise),
                why=node.why,
                budget=node.budget,
                timeout=node.timeout,
                visits=node.visits,
                link=self.writing.resolved(str, node.link, known, f"step {path}"),
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
            given |= mapping_of(self.writing.written(step.inputs, known, f"step {path}"))
            missing = [name for name, spec in child.inputs.items() if spec.required and name not in given]
            if missing:
                self.writing.problems.append(f"step {path}: {step.runbook} needs {', '.join(missing)}")
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


def _joining(incident: str, channels: Mapping[str, Channel]) -> list[str]:
    """Return why an incident cannot be joined."""
    if not incident:
        return []
    if len(incident) > LONGEST_KEY or not incident.isprintable() or incident != incident.strip():
        return [f"the incident's key is one line of at most {LONGEST_KEY} characters"]
    if not any(channel.type == "pagerduty" for channel in channels.values()):
        return ["an incident is joined by a channel of the type pagerduty, and there is none"]
    return []


def _severity(catalogue: Catalogue, word: str) -> str:
    """Return a severity by the catalogue's own name for it."""
    return next((name for name, level in catalogue.severities.items() if word in level.aliases), word)


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
