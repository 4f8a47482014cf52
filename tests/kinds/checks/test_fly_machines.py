"""The fly_machines check: which machines run, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.kinds.checks.fly_machines import FlyMachinesCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation
from tests.kinds.fakes import FakeWorld, observed, printed, run
from tests.kinds.fly import NOTICE, exit_at, machine, start_at

CHECK = FlyMachinesCheck(fly_machines="shop")
IDLE = exit_at(600, requested_stop=True)
LOOP = [exit_at(at, exit_code=1, restarting=True, monitor=at % 2 == 0) for at in (40, 31, 20, 10)]


def look(*machines: Json, check: FlyMachinesCheck = CHECK) -> Observation:
    """Return what the check brings back for these machines."""
    return observed(check, printed(list(machines), NOTICE))


def answer(seen: Observation) -> Answer:
    """Return the verdict by the default expectation."""
    return judge(CheckUse(kind=CHECK), seen).answer


def test_a_healthy_app_passes_and_gives_its_facts() -> None:
    """Two machines of one release, one of which has an old clean exit."""
    seen = look(machine(check="passing"), machine("m2", events=[IDLE], region="iad", memory=1024))
    assert {
        "ids": ["m1", "m2"],
        "started": ["m1", "m2"],
        "stopped": [],
        "states": {"m1": "started", "m2": "started"},
        "count": 2,
        "state": "started",
        "cause": "started",
        "machines": [
            {
                "id": name,
                "state": "started",
                "cause": "started",
                "region": region,
                "group": "app",
                "image": "registry.fly.io/shop:v12",
                "version": 12,
                "memory_mb": memory,
            }
            for name, region, memory in (("m1", "ord", 512), ("m2", "iad", 1024))
        ],
        "regions": ["iad", "ord"],
        "memory_mb": 512,
        "image": "registry.fly.io/shop:v12",
        "images": ["registry.fly.io/shop:v12"],
        "version": 12,
        "instances": {"m1": "01J-m1", "m2": "01J-m2"},
        "autostart": True,
        "checks": {"health": "passing"},
        "exit_code": 0,
        "oom": False,
        "requested_stop": True,
        "restarts": 0,
        "last_exit": "2025-10-11T12:10:00.000Z",
        "exits": [
            {
                "machine": "m2",
                "at": "2025-10-11T12:10:00.000Z",
                "exit_code": 0,
                "oom": False,
                "requested_stop": True,
                "restarting": False,
                "restarts": 0,
            }
        ],
        "exit_events": 0,
    } == seen.facts
    assert set(CHECK.fact_names) == set(seen.facts)
    assert ("pass", "2 of 2 started") == (answer(seen), seen.summary)


@pytest.mark.parametrize(
    ("cause", "state", "events"),
    [
        ("idle", "stopped", [IDLE, start_at(0)]),
        ("idle", "stopped", [exit_at(600, exit_code=137, requested_stop=True), start_at(0)]),
        ("idle", "stopped", [exit_at(600), start_at(0)]),
        ("idle", "stopped", [exit_at(600, monitor=True)]),
        ("idle", "suspended", []),
        ("ended", "stopped", [exit_at(3), start_at(0)]),
        ("crash-loop", "stopped", LOOP),
        ("crash-loop", "failed", list(reversed(LOOP))),
        ("crash-loop", "stopped", [exit_at(9, exit_code=1, restarts=10)]),
        ("crash-loop", "starting", LOOP),
        ("crash", "stopped", LOOP[:3]),
        ("crash", "stopped", [exit_at(at, exit_code=1) for at in (600, 400, 200, 0)]),
        ("crash", "stopped", [exit_at(9, exit_code=139, monitor=True)]),
        ("out-of-memory", "stopped", [exit_at(9, exit_code=137, oom_killed=True, restarts=9)]),
        ("killed", "stopped", [exit_at(9, exit_code=137)]),
        ("killed", "stopped", [exit_at(9, exit_code=143)]),
        ("unknown", "stopped", []),
        ("unknown", "created", []),
        ("unknown", "stopped", [{"type": "exit", "timestamp": 1_760_000_000_000}]),
        ("changing", "stopping", [IDLE]),
        ("changing", "replacing", []),
    ],
)
def test_the_cause_is_read_from_the_last_exit(cause: str, state: str, events: Sequence[Json]) -> None:
    """Exit data from both places, with zeros left out, in any order."""
    assert cause == look(machine(state=state, events=events)).facts["cause"]


def test_without_autostart_a_clean_exit_means_it_ended() -> None:
    """Nothing would wake such a machine, so it is not merely idle."""
    events = [exit_at(600), start_at(0)]
    assert "ended" == look(machine(state="stopped", events=events, autostart=None)).facts["cause"]


@pytest.mark.parametrize(
    ("check", "cause"), [("critical", "crash-loop"), ("passing", "started"), ("", "started")]
)
def test_a_started_machine_loops_only_while_its_checks_fail(check: str, cause: str) -> None:
    """Caught between two crashes, or recovered: the health checks tell."""
    seen = look(machine(events=LOOP, check=check))
    assert ("started", cause) == (seen.facts["state"], seen.facts["cause"])


@pytest.mark.parametrize(
    ("states", "state", "expected"),
    [
        (["stopped", "started"], "started", "pass"),
        (["stopped", "suspended"], "stopped", "fail"),
        (["stopped", "failed"], "failed", "fail"),
        (["created"], "created", "fail"),
        (["destroyed"], "none", "fail"),
        ([], "none", "fail"),
        (["stopped", "starting"], None, "unknown"),
        (["restarting"], None, "unknown"),
        (["a-state-of-tomorrow"], None, "unknown"),
    ],
)
def test_the_state_of_the_app_is_judged_only_when_settled(
    states: Sequence[str], state: str | None, expected: Answer
) -> None:
    """Any started machine is enough; in between two states nothing is judged."""
    seen = look(*(machine(f"m{n}", state=one) for n, one in enumerate(states)))
    assert (state, expected) == (seen.facts.get("state"), answer(seen))


def test_an_idle_app_is_no_failure_where_the_author_says_so() -> None:
    """Idle is a fact, judged by the expectation only."""
    seen = look(machine(state="stopped", events=[IDLE]))
    use = CheckUse(kind=CHECK, expect={"cause": Matcher.parse({"in": ["started", "idle"]})})
    assert ("fail", "pass") == (answer(seen), judge(use, seen).answer)


def test_the_gravest_cause_speaks_where_nothing_runs() -> None:
    """One machine idle, one out of memory: the app is out of memory."""
    oom = exit_at(5, exit_code=137, oom_killed=True)
    seen = look(machine(state="stopped", events=[IDLE]), machine("m2", state="stopped", events=[oom]))
    assert ("out-of-memory", True, 0) == (seen.facts["cause"], seen.facts["oom"], seen.facts["exit_code"])
    assert "0 of 2 started, out-of-memory, last exit code 0" == seen.summary


def test_a_machine_on_an_unreachable_host_does_not_count_as_started() -> None:
    """The last state we heard of it may be long past."""
    seen = look(machine(host="unreachable"))
    assert ("unreachable", "unreachable", []) == (
        seen.facts["cause"],
        seen.facts["state"],
        seen.facts["started"],
    )


def test_no_machines_is_a_cause_of_its_own() -> None:
    """An empty list, as JSON or as Go's null, is an answer."""
    for printed_list in (printed([], NOTICE), McpReply(NOTICE + "null\n", False, 0.1)):
        seen = observed(CHECK, printed_list)
        assert ("no-machines", "none", 0) == (seen.facts["cause"], seen.facts["state"], seen.facts["count"])


def test_exits_nobody_asked_for_are_counted() -> None:
    """So that a later look can tell a new one from the old."""
    seen = look(machine(events=[*LOOP, IDLE]), machine("m2", events=[exit_at(1)]))
    assert 5 == seen.facts["exit_events"]


def test_exit_facts_are_absent_where_no_exit_is_known() -> None:
    """A missing exit event is unknown, not zero."""
    seen = look(machine())
    use = CheckUse(kind=CHECK, expect={"exit_code": Matcher(0)})
    assert "unknown" == judge(use, seen).answer
    assert set() == {"exit_code", "oom", "requested_stop", "restarts", "last_exit"} & set(seen.facts)


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        ([machine(events=[start_at(1)])], "never"),
        ([machine(events=[start_at(1)]), machine("m2", events=[start_at(2)])], "never"),
        ([machine(events=[start_at(1)]), machine("m2", events=[exit_at(2)])], "2025-10-11T12:00:02.000Z"),
        ([machine(events=[start_at(1)]), machine("m2")], None),
        ([machine(events=[{"type": "exit"}, start_at(1)])], None),
        ([], None),
    ],
)
def test_a_machine_that_never_exited_says_so(machines: Sequence[Json], said: str | None) -> None:
    """What lists its events and has no exit among them never had one; else nobody knows."""
    assert said == look(*machines).facts.get("last_exit")


def test_the_first_exit_of_a_machine_can_be_told_from_none_before() -> None:
    """So a restart whose answer was lost is found by itself, and nobody is asked whether it happened."""
    use = CheckUse(kind=CHECK, expect={"last_exit": Matcher({"ne": "never"})})
    assert "fail" == judge(use, look(machine(events=[start_at(1)]))).answer
    assert "pass" == judge(use, look(machine(events=[exit_at(5, requested_stop=True), start_at(1)]))).answer


def test_the_newest_release_gives_image_and_version() -> None:
    """In the middle of a deploy both images are listed."""
    seen = look(machine(version=9), machine("m2", version=12))
    assert (12, "registry.fly.io/shop:v12") == (seen.facts["version"], seen.facts["image"])
    assert ["registry.fly.io/shop:v12", "registry.fly.io/shop:v9"] == seen.facts["images"]


def test_a_process_group_can_be_looked_at_alone() -> None:
    """Workers of an app next to its web machines."""
    seen = look(
        machine(group="web"),
        machine("m2", group="worker"),
        check=FlyMachinesCheck(fly_machines="shop", group="worker"),
    )
    assert ["m2"] == seen.facts["ids"]


def test_the_worst_status_of_a_health_check_is_shown() -> None:
    """One critical machine among passing ones is not hidden."""
    seen = look(machine(check="passing"), machine("m2", check="critical"), machine("m3", check="warning"))
    assert {"health": "critical"} == seen.facts["checks"]


@pytest.mark.parametrize(
    "reply",
    [
        McpReply("not logged in", True, 0.1),
        McpReply("Error: something\n", False, 0.1),
        printed({"Machines": []}),
        printed(["m1", 7, None]),
        printed([{"name": "no id"}]),
    ],
)
def test_what_is_no_list_of_machines_is_unknown(reply: McpReply) -> None:
    """A tool that failed or printed something else lets us say nothing about the app."""
    seen = observed(CHECK, reply)
    assert ("unknown", {}) == (answer(seen), seen.facts)
    assert "" != seen.cannot


@pytest.mark.parametrize(
    "error", [NoAnswer("timeout", "no answer", 10.0), McpFault(-32603, "exit status 1", 0.6)]
)
def test_no_answer_and_faults_leave_the_kind_as_they_are(error: Exception) -> None:
    """Both are unknown for this kind, by the performer."""
    with pytest.raises(type(error)):
        observed(CHECK, error)
    assert "unknown" == answer(Observation(no_answer="timeout"))


def test_odd_values_in_a_machine_never_raise() -> None:
    """Fields of another type than the vendor's are as good as missing."""
    odd: Json = {
        "id": "m1", "state": 7, "region": None, "config": [], "checks": [{"name": 3}, 4], "host_status": {},
        "image_ref": "x", "instance_id": 1,
        "events": [1, {"type": "exit", "timestamp": "soon", "request": []}, {"type": "exit", "timestamp": -5,
                   "request": {"exit_event": {"exit_code": "x"}, "restart_count": "y"}}],
    }  # fmt: skip
    assert ("unknown", "changing") == (answer(look(odd)), look(odd).facts["cause"])


def test_the_server_is_asked_for_the_app() -> None:
    """By the tool's exact name and argument."""
    world = FakeWorld([printed([])])
    run(FlyMachinesCheck(fly_machines="shop", server="fly2").observe(world, 9.0))
    assert [McpCall("fly2", "fly-machine-list", {"app": "shop"}, 9.0)] == world.calls
    assert "fly/fly-machine-list" == CHECK.target()
    assert (
        'npx -y @modelcontextprotocol/inspector --cli "$FLY_MCP_URL" --transport http '
        "--method tools/call --tool-name fly-machine-list --tool-arg app=shop"
    ) == CHECK.by_hand()
