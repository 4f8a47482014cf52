"""The GitHub stand-in: runs as time passes, what a red one shows, and a rerun that really reruns."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.estate.fault import Fault
from engine.estate.github_runs import QUEUED_SECONDS, RUN_SECONDS
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder, InProcessHttp
from engine.estate.sockets import Sandbox
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.ports import Http, HttpReply, HttpRequest
from engine.kinds.values import Instant
from tests.estate.by_hand import START, Estate

REPO = "/repos/owner/name"
MINE = f"{REPO}/actions/workflows/tests.yml/runs?branch=main&per_page=10"


def runs(estate: Estate, target: str = MINE) -> list[Mapping[str, Any]]:
    """Return the listed runs, newest first."""
    found: list[Mapping[str, Any]] = json.loads(estate.ask("github", target).body)["workflow_runs"]
    return found


def jobs(estate: Estate, run: int) -> list[Mapping[str, Any]]:
    """Return the jobs of a run."""
    found: list[Mapping[str, Any]] = json.loads(estate.ask("github", f"{REPO}/actions/runs/{run}/jobs").body)[
        "jobs"
    ]
    return found


def rerun(estate: Estate, run: int) -> int:
    """Ask for a rerun of the failed jobs; return the status."""
    return estate.ask("github", f"{REPO}/actions/runs/{run}/rerun-failed-jobs", {}).status


def test_on_a_good_day_everything_is_green_but_the_cadence(estate: Estate) -> None:
    """The one that is red whenever nobody commits, as in the field."""
    newest = {one["path"].rpartition("/")[2]: one for one in reversed(runs(estate, f"{REPO}/actions/runs"))}
    red = {name for name, one in newest.items() if one["conclusion"] != "success"}
    assert {"feedback-cadence.yml"} == red
    assert {"completed"} == {one["status"] for one in newest.values()}
    assert "success" == runs(estate)[0]["conclusion"]


def test_a_workflow_of_pull_requests_has_no_runs_on_main(estate: Estate) -> None:
    """Who asks for them by branch sees nothing red, and nothing at all."""
    path = f"{REPO}/actions/workflows/evidence.yml/runs"
    assert [] == runs(estate, f"{path}?branch=main")
    assert {"pull_request"} == {one["event"] for one in runs(estate, f"{path}?event=pull_request")}


def test_a_failed_run_shows_its_job_its_step_and_what_it_said(estate: Estate) -> None:
    """The steps before it passed, those behind it were skipped, the other jobs are green."""
    estate.strike("github", "ci-red", job="vitest", step="Format check", said="not formatted")
    red = runs(estate)[0]
    assert ("completed", "failure", 1) == (red["status"], red["conclusion"], red["run_attempt"])
    shown = {one["name"]: one for one in jobs(estate, red["id"])}
    assert {"vitest": "failure", "playwright": "success", "lighthouse": "success"} == {
        name: one["conclusion"] for name, one in shown.items()
    }
    assert ["success", "success", "failure", "skipped"] == [
        step["conclusion"] for step in shown["vitest"]["steps"]
    ]
    said = json.loads(estate.ask("github", f"{REPO}/check-runs/{shown['vitest']['id']}/annotations").body)
    assert ["not formatted"] == [line["message"] for line in said]
    assert b"[]" == estate.ask("github", f"{REPO}/check-runs/{shown['lighthouse']['id']}/annotations").body


def test_a_flaky_job_passes_when_it_is_run_again_and_a_broken_one_does_not(estate: Estate) -> None:
    """Queued, in progress, completed; the same run with one attempt more, and one change on record."""
    estate.strike("github", "ci-red", flaky=1)
    red = runs(estate)[0]["id"]
    assert 201 == rerun(estate, red)
    seen = []
    for seconds in (1.0, QUEUED_SECONDS, RUN_SECONDS):
        estate.wait(seconds)
        seen.append((runs(estate)[0]["status"], runs(estate)[0]["conclusion"]))
    assert [("queued", None), ("in_progress", None), ("completed", "success")] == seen
    assert (red, 2) == (runs(estate)[0]["id"], runs(estate)[0]["run_attempt"])
    assert {("rerun-failed-jobs", str(red)): 1} == estate.state.counts()
    estate.strike("github", "ci-red")
    red = runs(estate)[0]["id"]
    rerun(estate, red)
    estate.wait(60)
    assert ("failure", 2) == (runs(estate)[0]["conclusion"], runs(estate)[0]["run_attempt"])


def test_what_never_began_has_no_jobs_and_is_not_run_again(estate: Estate) -> None:
    """Nor is one that still runs, one that is green, or one that nobody knows."""
    estate.strike("github", "ci-red", conclusion="startup_failure")
    never = runs(estate)[0]
    assert ("startup_failure", []) == (never["conclusion"], jobs(estate, never["id"]))
    green = runs(estate)[1]["id"]
    assert [403, 403, 404] == [rerun(estate, one) for one in (never["id"], green, 1)]
    estate.strike("github", "ci-red")
    red = runs(estate)[0]["id"]
    assert [201, 403] == [rerun(estate, red), rerun(estate, red)]
    assert 1 == sum(estate.state.counts().values())


def test_the_end_of_a_fault_is_a_push_and_a_waiting_run_begins(estate: Estate) -> None:
    """The next run is a new one and takes its time; what waited for a runner gets one."""
    fault = Fault("github", "ci-red", until=30.0)
    stuck = Fault("github", "ci-red", at=100.0, until=130.0, params={"conclusion": "queued"})
    estate.state = replace(estate.state, scheduled=(fault, stuck))
    estate.wait(1)
    red = runs(estate)[0]
    estate.wait(30)
    assert ("queued", None) == (runs(estate)[0]["status"], runs(estate)[0]["conclusion"])
    assert red["id"] != runs(estate)[0]["id"]
    estate.wait(20)
    assert "success" == runs(estate)[0]["conclusion"]
    estate.wait(60)
    waits = runs(estate)[0]
    assert "queued" == waits["status"]
    estate.wait(40)
    assert (waits["id"], "success") == (runs(estate)[0]["id"], runs(estate)[0]["conclusion"])


@pytest.mark.parametrize(
    ("kind", "status", "left"), [("token-revoked", 401, "4993"), ("github-rate-limit", 403, "0")]
)
def test_a_refused_token_and_a_spent_limit_are_told_apart(
    estate: Estate, kind: str, status: int, left: str
) -> None:
    """By status, and by what is left of the limit; both say it in words."""
    estate.strike("github", kind)
    reply = estate.ask("github", MINE)
    assert (status, left) == (reply.status, reply.headers["x-ratelimit-remaining"])
    assert json.loads(reply.body)["message"]


@pytest.mark.parametrize(
    "target",
    [
        f"{REPO}/actions/workflows/no-such.yml/runs",
        f"{REPO}/actions/runs/abc",
        f"{REPO}/actions/runs/1/jobs",
        f"{REPO}/check-runs/x/annotations",
        f"{REPO}/check-runs/90000000/annotations",
        "/repos/owner",
    ],
)
def test_what_is_not_there_is_not_found(estate: Estate, target: str) -> None:
    """As the API says it of what a token may not see, too."""
    assert 404 == estate.ask("github", target).status


def test_both_worlds_show_the_same_red_run(tmp_path: Path) -> None:
    """In virtual time and on sockets: same run, same conclusion, same job."""

    async def shown(http: Http, base: str) -> tuple[Any, ...]:
        async def get(target: str) -> Any:
            headers = {"Authorization": "Bearer token"}
            reply: HttpReply = await http.send(HttpRequest(f"{base}{target}", "GET", headers, b"", 5.0))
            return json.loads(reply.body)

        red = (await get(MINE))["workflow_runs"][0]
        found = await get(f"{REPO}/actions/runs/{red['id']}/jobs")
        return red["conclusion"], red["id"], [one["conclusion"] for one in found["jobs"]]

    fault = Fault("github", "ci-red", params={"job": "playwright"})
    held = EstateHolder(healthy(START))
    held.strike(fault, START)
    virtual = InProcessHttp(held, {"http://github": "github"}, lambda: Instant(START), str)

    async def live() -> tuple[Any, ...]:
        async with Sandbox(tmp_path, time.time, healthy(time.time())) as sandbox:
            sandbox.strike(fault)
            return await shown(SocketHttp(Secrets({}), "test"), sandbox.urls["github"])

    assert asyncio.run(shown(virtual, "http://github")) == asyncio.run(live())
