"""What the shipped policy and lists let a run do: the permissions of the direction, one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.core.events import Person
from engine.core.plan import Request, make_plan
from engine.core.policy import Decision, decision_for
from engine.core.state import RunState
from engine.io.world.guard import Guard
from engine.io.world.secret_sources import Sources
from engine.kinds.discovery import family
from engine.kinds.uses import ActionUse, Effect
from engine.model.catalogue import Catalogue
from tests.content.harness import ROOT, library

CATALOGUE: Catalogue = library().catalogue
GUARD = Guard(CATALOGUE.guards.access, ROOT)
_SECRET = re.compile(r"\$\{secrets\.(\w+)\}")


def decided(environment: str, runbook: str, operation: str, effect: Effect, role: str) -> Decision:
    """Return whose decision a change is, by the core, as of no moment: windows are looked at elsewhere."""
    request = Request(run="INC-20251123-030212", environment=environment)
    plan = make_plan(library().runbook(runbook), library().runbook, CATALOGUE, request)
    use = ActionUse(
        kind=family("actions")["command"](command=("true",)),
        effect=effect,
        operation=operation,
        irreversible="a test",
    )
    return decision_for(RunState(plan=plan, operator=Person(name="ann", identity="", role=role)), use)


@pytest.mark.parametrize(
    ("operation", "mode", "role"),
    [
        ("restart-machine", "confirm", "reliability"),
        ("start-machine", "confirm", "reliability"),
        ("roll-back", "confirm", "reliability"),
        ("change-config", "approve", "engineer"),
        ("restart-losing-approvals", "approve", "engineer"),
        ("change-secret", "approve", "manager"),
        ("deploy", "approve", "manager"),
        ("scale", "approve", "manager"),
        ("whatever-nobody-thought-of", "approve", "manager"),
        ("restore-database", "approve", "ceo"),
    ],
)
def test_level_one_changes_nothing_remote_but_what_it_may_alone(operation: str, mode: str, role: str) -> None:
    """Scaling, secrets and configuration wait for somebody else, in production as in staging."""
    for environment, runbook in (("production", "agent-sdk-down"), ("staging", "deployment-watch")):
        found = decided(environment, runbook, operation, "change", "reliability")
        assert (mode, role) == (found.mode, found.role if mode == "approve" else role), environment


def test_what_is_local_needs_nobody_and_destroying_is_refused_there_too() -> None:
    """A change on this computer runs by itself; nothing is destroyed anywhere."""
    assert "none" == decided("local", "local-supabase-readiness", "anything", "change", "reliability").mode
    for environment, runbook in (("local", "local-supabase-readiness"), ("production", "agent-sdk-down")):
        assert "refused" == decided(environment, runbook, "anything", "destroy", "manager").mode


@pytest.mark.parametrize(
    "typed",
    [
        "flyctl status", "fly scale memory 2048", "psql -c 'select 1'", "supabase status", "rm -rf /tmp/x",
        "docker system prune", "sudo apt install x", "apt-get install x", "less log", "man git", "npx prisma db push",
        "npm run setup", "gh run view", "sh -c true", "bash",
    ],
)  # fmt: skip
def test_what_the_direction_forbids_is_not_started(typed: str) -> None:
    """Not on the list of programs, whatever the effect that somebody declares."""
    for effect in ("read", "change"):
        assert "is not on the list" in GUARD.program(tuple(typed.split()), effect)


@pytest.mark.parametrize("typed", ["npx supabase status", "git log", "git --no-pager show", "rg word"])
def test_what_the_direction_allows_may_be_started_to_look(typed: str) -> None:
    """And git and rg to look only."""
    assert "" == GUARD.program(tuple(typed.split()), "read")
    changes = GUARD.program(tuple(typed.split()), "change")
    assert ("" if typed.startswith("npx") else "may not be used to change") in changes


@pytest.mark.parametrize(
    "typed",
    ["npx supabase", "npx supabase db push", "npx supabase db", "npx supabase link", "npx supabase db dump",
     "npx supabase functions deploy", "npx supabase --debug db push", "npx -y supabase start", "npx prisma"],
)  # fmt: skip
def test_of_the_local_stack_no_more_may_be_run_than_status_start_stop_and_reset(typed: str) -> None:
    """Both words count: what pushes to the hosted project begins with the same program."""
    for effect in ("read", "change"):
        assert "is not on the list" in GUARD.program(tuple(typed.split()), effect)
    for word in ("status", "start", "stop", "db reset"):
        for effect in ("read", "change"):
            assert "" == GUARD.program(("npx", "supabase", *word.split()), effect)


def test_the_token_of_fly_comes_from_the_vault_where_the_environment_has_none(tmp_path: Path) -> None:
    """By the file that the catalogue names; what is typed for one night comes first."""
    file = CATALOGUE.credentials["FLY_API_TOKEN"].file
    assert "vault/occ/fly/api_token.env" == file
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("FLY_API_TOKEN=made-up-for-a-test\n", encoding="utf-8")
    (tmp_path / file).chmod(0o600)
    found = Sources({}, CATALOGUE.credentials, tmp_path).read("FLY_API_TOKEN")
    assert ("made-up-for-a-test", file) == (found.value, found.source)
    typed = Sources({"FLY_API_TOKEN": "typed"}, CATALOGUE.credentials, tmp_path).read("FLY_API_TOKEN")
    assert ("typed", "environment") == (typed.value, typed.source)
    gone = Sources({}, CATALOGUE.credentials, tmp_path / "nowhere").read("FLY_API_TOKEN")
    assert gone.value is None
    assert file in gone.why


def test_only_two_folders_are_written_and_only_listed_hosts_are_reached() -> None:
    """Evidence and feedback; direction documents are in neither."""
    assert ("artifacts", "feedback") == CATALOGUE.guards.access.write
    assert "is not on the list" in GUARD.host("example.com", 443)
    assert "" == GUARD.host("127.0.0.1", 54321)
    assert "*" not in CATALOGUE.guards.access.hosts
    assert not CATALOGUE.guards.access.shell


@pytest.mark.parametrize("name", sorted(library().workspace.runbook_files()))
def test_every_secret_that_a_runbook_names_is_declared_in_the_catalogue(name: str) -> None:
    """By itself or at its service: a name that was renamed or given up is found in each runbook."""
    declared = {one for service in CATALOGUE.services.values() for one in service.credentials}
    declared |= {*CATALOGUE.credentials}
    text = library().workspace.runbook_file(name).read_text(encoding="utf-8")
    used = set(re.findall(r"\buse: ([\w-]+)", text))
    texts = [text, *(repr(CATALOGUE.checks.get(one, "")) for one in used)]
    texts += [repr(CATALOGUE.actions.get(one, "")) for one in used]
    assert set() == {secret for one in texts for secret in _SECRET.findall(one)} - declared
