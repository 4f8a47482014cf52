"""Runs of a repository's workflows: how they come about, how they end, and what is wrong with one.

A run is queued, then runs for `seconds`, then has its conclusion: what it says is a matter of the time at
which it is asked. What starts at all fails only through its one failing job; what could not be started
(`startup_failure`) has neither jobs nor logs, and nobody can run it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.estate.fault import Fault
from engine.estate.fly import Change
from engine.estate.identifiers import digest
from engine.kinds.values import Instant, Json

QUEUED_SECONDS = 4.0
RUN_SECONDS = 6.0
"""Seconds that a run takes here: waits are scaled in a drill, the time of a target is not."""
NEVER = 10**6
FAULTS: Mapping[str, str] = {
    "ci-red": "The newest run of `workflow` (tests.yml) has `conclusion` (failure) at `step` of `job`, and "
    "its log says `said`; with `flaky: 1` one rerun passes; `startup_failure` has no jobs, `queued` never "
    "starts. Its end is a push that mends it.",
    "github-rate-limit": "The API answers 403: the limit of requests is spent, until the fault ends.",
}


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file: its jobs with their steps, what starts it, and how long ago it last did."""

    file: str
    name: str
    jobs: Mapping[str, tuple[str, ...]]
    event: str = "push"
    branch: str = "main"
    minutes: float = 50.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `attempt` counts how often it was started, `good_from` the attempt that succeeds."""

    id: int
    workflow: Workflow
    number: int
    created: float
    started: float
    conclusion: str = "success"
    attempt: int = 1
    good_from: int = NEVER
    job: str = ""
    step: str = ""
    said: str = ""
    seconds: float = RUN_SECONDS
    fault: str = ""

    def status(self, now: float) -> str:
        """Return queued, in_progress or completed."""
        if self.conclusion == "queued" or now < self.started + QUEUED_SECONDS:
            return "queued"
        return "in_progress" if now < self.ended else "completed"

    @property
    def ended(self) -> float:
        """Return when it has its conclusion."""
        return self.started + QUEUED_SECONDS + self.seconds

    def outcome(self, now: float) -> str | None:
        """Return its conclusion, None before it has one."""
        return self.conclusion if self.status(now) == "completed" else None


@dataclass(frozen=True, slots=True)
class GitHub:
    """The repository's runs, newest first, and every change that was made through the API."""

    runs: tuple[Run, ...] = ()
    changes: tuple[Change, ...] = field(default=())

    def find(self, run_id: str) -> Run | None:
        """Return the run of that id."""
        return next((run for run in self.runs if str(run.id) == run_id), None)


WORKFLOWS: tuple[Workflow, ...] = (
    Workflow(
        "tests.yml",
        "Tests",
        {
            "vitest": ("Checkout", "Install", "Format check", "Unit tests"),
            "playwright": ("Checkout", "Install", "Browser tests"),
            "lighthouse": ("Checkout", "Install", "Lighthouse budget"),
        },
    ),
    Workflow(
        "evidence.yml",
        "Evidence",
        {"evidence": ("Checkout", "Text of the pull request")},
        "pull_request",
        "feature/tiles",
        minutes=40.0,
    ),
    Workflow(
        "supabase-sync-monitor.yml",
        "Supabase sync monitor",
        {"monitor": ("Checkout", "Query the view")},
        "schedule",
        minutes=35.0,
    ),
    Workflow("docs-policy.yml", "Docs Policy", {"policy": ("Checkout", "Allowed paths")}, minutes=50.0),
    Workflow("gitleaks.yml", "Gitleaks", {"scan": ("Checkout", "Scan")}, minutes=50.0),
    Workflow(
        "feedback-cadence.yml", "Feedback cadence", {"cadence": ("Newest commit",)}, "schedule", minutes=6.0
    ),
)


def usual(now: float) -> GitHub:
    """Return a good day: everything is green, except the cadence that is red whenever nobody commits."""
    runs = []
    for workflow in WORKFLOWS:
        for age in (3, 2, 1):
            at = now - 60.0 * workflow.minutes * age
            run = _run(workflow, 100 - age, at)
            if workflow.file == "feedback-cadence.yml":
                said = "No commit in 10 minutes."
                run = replace(run, conclusion="failure", job="cadence", step="Newest commit", said=said)
            runs.append(run)
    return GitHub(tuple(sorted(runs, key=lambda run: -run.created)))


def begin(github: GitHub, fault: Fault, now: float) -> GitHub:
    """Return the runs with a red one on top."""
    workflow = _workflow(fault)
    at = now - 60.0 * fault.number("minutes_before", 6.0)
    flaky = int(fault.number("flaky", 0.0))
    job = fault.text("job", next(iter(workflow.jobs)))
    red = replace(
        _run(workflow, _number(github), at),
        conclusion=fault.text("conclusion", "failure"),
        good_from=1 + flaky if flaky else NEVER,
        job=job,
        step=fault.text("step", workflow.jobs.get(job, ("Run",))[-1]),
        said=fault.text("said", "Process completed with exit code 1."),
        fault=fault.id,
    )
    return replace(github, runs=(red, *github.runs))


def end(github: GitHub, fault: Fault, now: float) -> GitHub:
    """Return the runs with the one of a push that mends what was wrong."""
    stuck = tuple(
        replace(run, conclusion="success", started=now) if _waits(run, fault) else run for run in github.runs
    )
    if stuck != github.runs:
        return replace(github, runs=stuck)
    mended = _run(_workflow(fault), _number(github), now)
    return replace(github, runs=(mended, *github.runs))


def rerun(github: GitHub, run: Run, now: float) -> GitHub:
    """Return the runs after the failed jobs of one were started again."""
    attempt = run.attempt + 1
    conclusion = "success" if attempt >= run.good_from else run.conclusion
    again = replace(run, attempt=attempt, started=now, conclusion=conclusion)
    runs = tuple(again if old.id == run.id else old for old in github.runs)
    change = Change(now, "github", str(run.id), "rerun-failed-jobs")
    return GitHub(runs, (*github.changes, change))


def run_json(run: Run, now: float, address: str) -> Json:
    """Return the run as the API shows it."""
    status = run.status(now)
    touched = min(now, run.ended) if status == "completed" else now
    return {
        "id": run.id,
        "name": run.workflow.name,
        "path": f".github/workflows/{run.workflow.file}",
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.workflow.event,
        "status": status,
        "conclusion": run.outcome(now),
        "head_branch": run.workflow.branch,
        "head_sha": digest("commit", run.number, run.workflow.branch)[:40],
        "html_url": f"https://github.com/{address}/actions/runs/{run.id}",
        "created_at": str(Instant(round(run.created))),
        "updated_at": str(Instant(round(touched))),
        "run_started_at": str(Instant(round(run.started))),
    }


def jobs_json(run: Run, now: float) -> list[Json]:
    """Return the run's jobs; what could not be started has none."""
    if run.conclusion == "startup_failure":
        return []
    status, conclusion = run.status(now), run.outcome(now)
    shown: list[Json] = []
    for index, (name, steps) in enumerate(run.workflow.jobs.items()):
        mine = name == run.job and conclusion not in (None, "success")
        ended = (conclusion if mine else "success") if conclusion is not None else None
        listed: list[Json] = [
            {"name": step, "number": number, "status": status, "conclusion": _step(run, step, ended, mine)}
            for number, step in enumerate(steps, 1)
        ]
        shown.append(
            {
                "id": run.id * 10 + index,
                "run_id": run.id,
                "run_attempt": run.attempt,
                "name": name,
                "status": status,
                "conclusion": ended,
                "steps": listed,
            }
        )
    return shown


def annotations_json(run: Run, job: int, now: float) -> list[Json]:
    """Return what a job's log says in its own words, as the API lists it beside the check."""
    names = list(run.workflow.jobs)
    failed = job < len(names) and names[job] == run.job and run.outcome(now) not in (None, "success")
    if not failed:
        return []
    line: Json = {"path": ".github", "annotation_level": "failure", "title": run.step, "message": run.said}
    return [line]


def _step(run: Run, step: str, ended: str | None, mine: bool) -> str | None:
    if not mine or ended is None:
        return ended
    steps = run.workflow.jobs[run.job]
    failed = steps.index(run.step) if run.step in steps else len(steps) - 1
    at = steps.index(step)
    return "success" if at < failed else ended if at == failed else "skipped"


def _run(workflow: Workflow, number: int, at: float) -> Run:
    order = [one.file for one in WORKFLOWS].index(workflow.file)
    return Run(9_000_000 + number * 100 + order, workflow, number, at, at)


def _number(github: GitHub) -> int:
    return 1 + max((run.number for run in github.runs), default=99)


def _workflow(fault: Fault) -> Workflow:
    wanted = fault.text("workflow", WORKFLOWS[0].file)
    return next((one for one in WORKFLOWS if one.file == wanted), WORKFLOWS[0])


def _waits(run: Run, fault: Fault) -> bool:
    return run.fault == fault.id and run.conclusion == "queued"
