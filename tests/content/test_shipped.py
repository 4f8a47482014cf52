"""The shipped content as files: it loads without a finding, and plans for production."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from engine.app.drilling import faults_of
from engine.core.plan import Request, make_plan
from engine.estate.faults import fault_kinds
from engine.estate.healthy import healthy
from engine.estate.identifiers import machine_id
from engine.estate.in_process import EstateHolder
from engine.estate.wire import Request as Asked
from engine.kinds import codec
from engine.kinds.checks._fly_machine import Cause
from engine.kinds.references import references
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.model.lint import Facts, lint
from engine.views.docs_page import Page
from engine.views.outline import outline
from tests.content.harness import ROOT, files, library

AGENT = "agent-sdk-down"
RUNBOOKS = sorted(library().workspace.runbook_files())
SCENARIOS = sorted(files())
PROMISED = (
    "idle-machine",
    "crash-loop-after-release",
    "single-crash",
    "out-of-memory",
    "secret-lost",
    "no-machine-at-the-edge",
    "database-away",
    "openai-outage",
    "llamaindex-hanging",
    "false-alarm",
    "our-network-down",
)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_shipped_runbook_has_no_findings(name: str) -> None:
    """What we ship is what we preach: no error, no warning, of loading or of lint."""
    path = library().workspace.runbook_file(name)
    loaded = library().load(path)
    assert () == loaded.findings
    known = Facts(catalogue=library().catalogue, runbooks={one: library().runbook(one) for one in RUNBOOKS})
    assert () == lint(loaded.require(), library().document(path), known)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_shipped_scenario_is_named_like_its_file_and_says_what_it_expects(name: str) -> None:
    """A drill that expects nothing cannot fail, so each says path, end, diagnosis and what never happens."""
    scenario = library().scenario(name)
    expect = scenario.expect
    assert f"{name}.yaml" == files()[name].name
    assert expect.path
    assert expect.never
    assert expect.end
    assert expect.diagnosis
    assert scenario.hint


def test_the_promised_drills_are_there() -> None:
    """The eleven incidents the team asked for can all be practised."""
    assert set() == set(PROMISED) - set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_breaks_things_the_estate_can_break(name: str) -> None:
    """A fault of an unknown kind would be found only when somebody practises."""
    known = {kind.name for kind in fault_kinds()}
    assert set() == {fault.kind for fault in faults_of(library().scenario(name))} - known


@pytest.mark.parametrize("name", RUNBOOKS)
def test_every_step_has_a_title_and_every_change_and_every_row_says_why(name: str) -> None:
    """A tired person reads titles; a reason stands wherever something is changed or decided."""
    steps = library().runbook(name).steps
    untitled = [step for step, node in steps.items() if not node.title]
    unexplained = [
        step
        for step, node in steps.items()
        if isinstance(node.step, ActionStep) and not (node.why or "start" in step)
    ]
    silent = [
        f"{step} row {number}"
        for step, node in steps.items()
        if isinstance(node.step, DecideStep)
        for number, case in enumerate(node.step.decide, 1)
        if not case.why
    ]
    assert ([], [], []) == (untitled, unexplained, silent)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_no_row_lowers_the_severity(name: str) -> None:
    """Only a person lowers a severity; a runbook raises it from where it begins."""
    runbook = library().runbook(name)
    raised = {
        case.raises
        for node in runbook.steps.values()
        if isinstance(node.step, DecideStep)
        for case in node.step.decide
        if case.raises
    }
    levels = list(library().catalogue.severities)
    graver = levels[: levels.index(runbook.severity)] if runbook.severity else levels
    assert raised <= set(graver)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_nobody_is_left_waiting_by_an_escalation(name: str) -> None:
    """An unanswered or undelivered page goes on to somebody else, or ends the run: never back to itself."""
    for step, node in library().runbook(name).steps.items():
        if isinstance(node.step, EscalateStep):
            assert step not in node.then.values()
            assert {"acknowledged", "unanswered", "undelivered"} <= set(node.then)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_recovery_is_five_passes_over_ten_minutes(name: str) -> None:
    """The customer's rule, wherever a runbook proves recovery: 5 in a row, 30 s apart, for 10 minutes."""
    waits = [
        node.step
        for node in library().runbook(name).steps.values()
        if isinstance(node.step, WaitStep) and node.step.recovery
    ]
    assert waits
    assert {(5, 30.0, 600.0)} == {
        (one.soak.passes, float(one.soak.every), float(one.soak.lasting)) for one in waits
    }


@pytest.mark.parametrize("name", RUNBOOKS)
@pytest.mark.parametrize("environment", ["production", "sandbox"])
def test_a_runbook_plans_in_each_of_its_environments(name: str, environment: str) -> None:
    """Every address is there, and production knows nothing of the sandbox."""
    sandbox = (
        {service: f"http://{service}.sandbox" for service in [*_services(), "postgres"]}
        if environment == "sandbox"
        else {}
    )
    request = Request(
        run="INC-20251123-030212", environment=environment, sandbox=sandbox, operator_role="reliability"
    )
    plan = make_plan(library().runbook(name), library().runbook, library().catalogue, request)
    left = {one.partition(".")[0] for one in references(codec.plain(plan.steps))}
    assert set() == left & {"env", "sandbox", "service", "services", "with", "thresholds"}
    assert (environment == "production") == plan.real
    assert (1.0 if environment == "production" else 60.0) == plan.time_scale
    assert (environment == "sandbox") == (".sandbox" in codec.canonical(plan))


def test_credentials_are_names_and_every_one_is_declared_at_its_service() -> None:
    """A missing credential is named before the run starts, so every secret a plan uses is declared."""
    catalogue = library().catalogue
    declared = {name for service in catalogue.services.values() for name in service.credentials}
    request = Request(run="INC-20251123-030212", environment="production")
    plan = make_plan(library().runbook(AGENT), library().runbook, catalogue, request)
    used = {
        one.removeprefix("secrets.")
        for one in references(codec.plain(plan.steps))
        if one.startswith("secrets.")
    }
    assert used <= declared


def test_the_catalogue_lets_only_reading_tools_of_fly_be_called() -> None:
    """Fly is read through its MCP server and changed through its Machines API; no tool here changes."""
    tools = library().catalogue.mcp["fly"].tools
    changing = re.compile(r"start|stop|kill|destroy|create|clone|run|update|exec|set$|deploy|move|cordon")
    assert [] == [tool for tool in tools if changing.search(tool)]


def test_reads_need_nobody_and_destroying_is_refused_in_every_environment() -> None:
    """The sandbox has the rules of production, so that a drill is honest."""
    policy = library().catalogue.policy
    assert ("none", ("read",)) == (policy[0].consent, policy[0].effects)
    assert ("refuse", ("destroy",)) == (policy[1].consent, policy[1].effects)
    assert set() == {"sandbox", "production"} & {one for rule in policy for one in rule.environments}


def test_the_content_names_no_machine_path_and_no_real_identifier() -> None:
    """Ids of real machines, projects and shops stay out; the one machine id is made up by the stand-ins."""
    made_up = {machine_id(app.name, n) for app in healthy(Instant(0.0)).fly.apps for n in range(4)}
    for path in (*(ROOT / "runbooks").rglob("*.yaml"), *(ROOT / "drills").glob("*.yaml")):
        text = path.read_text()
        assert [] == re.findall(r"/(?:home|work|root|tmp|Users)/\S*", text), path.name
        assert set() == set(re.findall(r"\b[0-9a-f]{14}\b", text)) - made_up, path.name
        assert [] == re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+|\b[a-z]{20}\.supabase\.co", text), path.name


@pytest.mark.parametrize("name", RUNBOOKS)
def test_an_ask_offers_more_than_one_way_and_each_is_a_sentence(name: str) -> None:
    """An option is read in half a second, so it says what happens."""
    for step, node in library().runbook(name).steps.items():
        if isinstance(node.step, AskStep):
            assert len(node.step.options) > 1, step
            assert all(label[0].isupper() and " " in label for label in node.step.options.values()), step


def page(name: str) -> Page:
    """Return the page of a shipped runbook."""
    return outline(library().runbook(name), library().runbook, library().catalogue)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_everything_a_page_tells_to_type_works_without_the_engine_and_its_servers(name: str) -> None:
    """Programs that anybody has, and loops of them: the MCP server is a part of the engine's own world, and may be down with it."""
    typed = [
        (step.path, command.text.split()[0])
        for step in page(name).steps()
        for doing in step.doings
        for command in doing.commands
    ]
    assert {program for _, program in typed} <= {"curl", "flyctl", "psql", "ls", "for", "i=0;"}
    assert typed
    assert "FLY_MCP_URL" not in page(name).block.script


def test_the_look_at_machines_is_a_request_that_the_machines_api_answers_with_machines() -> None:
    """The address on the page is one that exists: the stand-in answers it with the list."""
    text = page(AGENT).steps()[3].doings[0].commands[0].text
    assert (
        'curl -sS -m 15 -H "Authorization: Bearer $FLY_API_TOKEN" "$MACHINES_API/apps/$AGENT_SERVICE_APP/machines"'
        == text
    )
    target = (
        text.split('"')[-2]
        .replace("$MACHINES_API", "/v1")
        .replace("$AGENT_SERVICE_APP", "hotdash-agent-service")
    )
    estate = EstateHolder(healthy(Instant(0.0)))
    asked = Asked.to("GET", target, {"authorization": "Bearer sandbox"}, b"")
    reply = estate.ask("machines-api", asked, Instant(1.0))
    assert ["started"] == [one["state"] for one in json.loads(reply.body)]


def test_every_cause_the_engine_knows_can_be_read_by_hand() -> None:
    """The page says how to tell each of them from a machine's own words."""
    look = library().catalogue.checks["fly-machines"].look
    assert look is not None
    told = {part.strip().partition(",")[0] for part in look.facts["cause"].split(";")}
    assert set(get_args(Cause)) == told


def test_every_role_can_be_reached_without_the_engine_and_is_no_person() -> None:
    """A page that nobody can send is a phone call; numbers and names stay out."""
    contacts = {name: role.contact for name, role in library().catalogue.roles.items()}
    assert [] == [name for name, contact in contacts.items() if not contact]
    assert [] == [contact for contact in contacts.values() if re.search(r"\d{3}|@", contact)]


@pytest.mark.parametrize("name", RUNBOOKS)
def test_who_sees_nothing_from_here_is_told_what_to_do(name: str) -> None:
    """Change the network or phone the engineer, and where the contact stands: a page that is there."""
    runbook = library().runbook(name)
    if runbook.kind != "incident":
        return  # nobody is paged for an operation
    step = runbook.steps["own-network"].step
    assert isinstance(step, AskStep)
    assert "phone the engineer" in step.ask
    named = re.findall(r"docs/runbooks/\S+\.md", step.ask)
    assert [f"docs/runbooks/incidents/{name}.md"] == named
    assert "### Who may do what\n" in (ROOT / named[0]).read_text()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_no_expectation_is_cut_on_a_page(name: str) -> None:
    """A regular expression that ends in dots matches nothing."""
    rows = [row for step in page(name).steps() for row in step.rows]
    held = [one for row in rows for group in (row.all_of, *row.one_of) for one in group]
    assert held
    assert [] == [one.text for one in held if "…" in one.text]


def _services() -> list[str]:
    return sorted(healthy(Instant(0.0)).services)


def test_the_shipped_estate_keeps_its_evidence_where_the_team_looks() -> None:
    """One folder per run below artifacts, one entry per action in the role's feedback log."""
    evidence = library().workspace.settings.evidence
    assert ("artifacts/{role}/{utc}", "feedback/{role}.md") == (evidence.artifacts, evidence.log)
