"""The GitHub REST API as far as workflow runs go: lists, one run, its jobs, what they said, and a rerun.

A rerun really starts the failed jobs again: the same run, one attempt more, some seconds later with a
conclusion. What could not be started in the first place, or still runs, is not run again (403).
"""

from __future__ import annotations

from dataclasses import replace

from engine.estate.github_runs import GitHub, Run, annotations_json, jobs_json, rerun, run_json
from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Instant, Json

LIMIT = 5000
_DOCS = "https://docs.github.com/rest"


def handle(
    state: GitHub, request: Request, now: float, *, revoked: bool = False, limited: bool = False
) -> tuple[GitHub, Reply]:
    """Answer one call; `limited` is a spent limit of requests."""
    state, reply = _answer(state, request, now, revoked, limited)
    left = "0" if limited else str(LIMIT - 7)
    told = {
        "x-ratelimit-limit": str(LIMIT),
        "x-ratelimit-remaining": left,
        "x-ratelimit-reset": str(round(now) + 900),
        "x-github-request-id": f"SANDBOX:{round(now):x}",
        "date": f"{Instant(now).utc():%a, %d %b %Y %H:%M:%S} GMT",
    }
    return state, reply.with_headers(told)


def _answer(
    state: GitHub, request: Request, now: float, revoked: bool, limited: bool
) -> tuple[GitHub, Reply]:
    if not request.bearer() or revoked:
        return state, _said(401, "Bad credentials")
    if limited:
        return state, _said(403, "API rate limit exceeded for user ID 1.")
    match request.method, request.path.strip("/").split("/"):
        case "GET", ["repos", owner, name, "actions", "runs"]:
            return state, _list(state, request, now, "", f"{owner}/{name}")
        case "GET", ["repos", owner, name, "actions", "workflows", file, "runs"]:
            return state, _list(state, request, now, file, f"{owner}/{name}")
        case "GET", ["repos", owner, name, "actions", "runs", run_id]:
            run = state.find(run_id)
            return state, json_reply(200, run_json(run, now, f"{owner}/{name}")) if run else _missing()
        case "GET", ["repos", _, _, "actions", "runs", run_id, "jobs"]:
            return state, _jobs(state.find(run_id), now)
        case "GET", ["repos", _, _, "check-runs", job_id, "annotations"]:
            return state, _annotations(state, job_id, now)
        case "POST", ["repos", _, _, "actions", "runs", run_id, "rerun-failed-jobs"]:
            return _rerun(state, state.find(run_id), now)
        case "GET", ["user"]:
            return state, json_reply(200, {"login": "sandbox", "type": "Bot"})
        case _:
            return state, _missing()


def _list(state: GitHub, request: Request, now: float, file: str, address: str) -> Reply:
    asked = request.query
    found = [run for run in state.runs if file in ("", run.workflow.file)]
    if file and not found:
        return _missing()
    for key in ("branch", "event"):
        if asked.get(key):
            found = [run for run in found if asked[key] == getattr(run.workflow, key)]
    if asked.get("status"):
        found = [run for run in found if asked["status"] in (run.status(now), run.outcome(now))]
    most = int(asked["per_page"]) if asked.get("per_page", "").isdecimal() else 30
    shown = [run_json(run, now, address) for run in found[: min(most, 100)]]
    return json_reply(200, {"total_count": len(found), "workflow_runs": shown}, after=0.2)


def _jobs(run: Run | None, now: float) -> Reply:
    if run is None:
        return _missing()
    jobs = jobs_json(run, now)
    return json_reply(200, {"total_count": len(jobs), "jobs": jobs}, after=0.15)


def _annotations(state: GitHub, job_id: str, now: float) -> Reply:
    run = state.find(job_id[:-1])
    if run is None or not job_id[-1:].isdecimal():
        return _missing()
    said: Json = annotations_json(run, int(job_id[-1]), now)
    return json_reply(200, said, after=0.15)


def _rerun(state: GitHub, run: Run | None, now: float) -> tuple[GitHub, Reply]:
    if run is None:
        return state, _missing()
    if run.status(now) != "completed":
        return state, _said(403, "This workflow is already running")
    if run.conclusion == "startup_failure":
        return state, _said(403, "This workflow run cannot be retried")
    if run.conclusion == "success":
        return state, _said(403, "This workflow run has no failed jobs")
    return rerun(state, run, now), json_reply(201, {}, after=0.4)


def _missing() -> Reply:
    return _said(404, "Not Found")


def _said(status: int, message: str) -> Reply:
    reply = json_reply(status, {"message": message, "documentation_url": _DOCS, "status": str(status)})
    return replace(reply, after=0.1)
