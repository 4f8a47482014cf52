"""Releases that are not what they look like: built and not released, released twice, taken back."""

from __future__ import annotations

import json

from engine.estate.estate import AGENT, LLAMAINDEX, apply
from engine.estate.fault import Fault
from engine.estate.fly import App
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder
from engine.estate.release_breakdowns import built_image
from engine.estate.wire import Request
from engine.kinds.values import Instant, Json

NOW = Instant(1_000_000.0)
KEY = {"authorization": "Bearer sandbox"}


def struck(*faults: Fault) -> EstateHolder:
    """Return the estate with these faults."""
    state = healthy(NOW)
    for fault in faults:
        state = apply(state, fault, NOW)
    return EstateHolder(state)


def app_of(estate: EstateHolder, name: str) -> App:
    """Return an app as it is now."""
    found = estate.state.fly.app(name)
    assert found is not None
    return found


def deployed(estate: EstateHolder, image: str) -> int:
    """Put an image on the agent's machine through the Machines API, and return the status."""
    machine = app_of(estate, AGENT).machines[0]
    body = json.dumps({"config": {**machine.config, "image": image}}).encode()
    target = f"/v1/apps/{AGENT}/machines/{machine.id}"
    return estate.ask("machines-api", Request.to("POST", target, KEY, body), NOW.after(1)).status


def test_a_built_image_can_be_deployed_and_is_in_no_release() -> None:
    """The registry has it; the list of releases never says so, before or after."""
    estate = struck(Fault(AGENT, "image-built"))
    before = app_of(estate, AGENT).releases
    assert 200 == deployed(estate, built_image(AGENT))
    assert built_image(AGENT) == app_of(estate, AGENT).machines[0].image
    assert before == app_of(estate, AGENT).releases


def test_an_image_that_nobody_built_is_not_in_the_registry() -> None:
    """A tag that was guessed is refused, and nothing changes."""
    estate = struck()
    assert 422 == deployed(estate, built_image(AGENT))
    assert app_of(estate, AGENT).releases[0].image_ref == app_of(estate, AGENT).machines[0].image


def test_a_built_image_that_ails_goes_down_when_it_runs_and_only_then() -> None:
    """The release that runs is well until the image is put on a machine."""
    estate = struck(Fault(AGENT, "image-built", params={"ails": "crash"}))
    good = app_of(estate, AGENT).machines[0].image
    estate.pass_time(NOW.after(60))
    assert app_of(estate, AGENT).machines[0].up
    assert 200 == deployed(estate, built_image(AGENT))
    estate.pass_time(NOW.after(120))
    last = app_of(estate, AGENT).machines[0].last_exit
    assert last is not None
    assert (1, False) == (last.exit_code, last.requested_stop)
    assert 200 == deployed(estate, good)
    estate.pass_time(NOW.after(180))
    assert app_of(estate, AGENT).machines[0].up


def test_it_may_run_on_one_machine_alone_and_be_a_release() -> None:
    """A deploy that stopped half-way, by flyctl: one machine of two, and the newest release."""
    params: dict[str, Json] = {"runs": True, "machines": 1, "released": True}
    app = app_of(struck(Fault(LLAMAINDEX, "image-built", params=params)), LLAMAINDEX)
    new = built_image(LLAMAINDEX)
    assert [new, app.releases[1].image_ref] == [machine.image for machine in app.machines]
    assert (12, new) == (app.releases[0].version, app.releases[0].image_ref)


def test_a_release_that_came_twice_stands_above_one_that_failed() -> None:
    """The second line of the list is what runs already, and the third never came up."""
    app = app_of(struck(Fault(AGENT, "released-again")), AGENT)
    running = app.machines[0].image
    assert [13, 12, 11, 10] == [release.version for release in app.releases]
    assert [True, True, False, False] == [release.image_ref == running for release in app.releases]
    assert ["complete", "complete", "failed", "complete"] == [one.status for one in app.releases]


def test_a_release_that_was_taken_back_is_still_the_newest_of_the_list() -> None:
    """What runs is the one before it, and well."""
    app = app_of(struck(Fault(AGENT, "release-taken-back")), AGENT)
    assert app.releases[1].image_ref == app.machines[0].image
    assert app.machines[0].up


def test_a_forbidden_app_is_seen_at_the_machines_api_alone_and_leaves_no_trace() -> None:
    """It is there while the fault holds, and never an app of the estate."""
    asked = Request.to("GET", "/v1/apps/hotdash-staging-db", KEY, b"")
    assert 404 == struck().ask("machines-api", asked, NOW).status
    estate = struck(Fault("machines-api", "forbidden-app"))
    assert 200 == estate.ask("machines-api", asked, NOW).status
    assert estate.state.fly.app("hotdash-staging-db") is None
