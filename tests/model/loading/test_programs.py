"""Commands in a runbook: loaded as written, and refused where they stand when they could be turned."""

from __future__ import annotations

import pytest

from engine.kinds.actions.command import CommandAction
from engine.kinds.checks.command import CommandCheck
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.model.runbook import Runbook
from tests.model.files import loaded, marked, places, steps

HEAD = "runbook: sample\ntitle: Sample\ninputs: {app: {default: shop}}\nsteps:\n"


def step_of(book: Runbook, name: str) -> object:
    """Return one step of a runbook."""
    return book.steps[name].step


def test_a_command_is_loaded_as_written() -> None:
    """Numbers become text, and arguments that begin with a reference are noted."""
    book = steps(
        """
        look:
          check:
            command: [npx, supabase, status, --workdir, '${run.id}', 5, 'x-${run.id}']
            env: {RB_RUN_ID: '${run.id}', KEY: '${secrets.API_KEY}', N: 3}
            parse: json
            read_only_because: it prints the status
            expect: {exit: 0, json.ready: true}
          then: fix
        fix:
          action: {command: 'npx supabase start > log', shell: true, operation: start, irreversible: it starts}
          then: resolved
        """
    )
    look, fix = step_of(book, "look"), step_of(book, "fix")
    assert isinstance(look, CheckStep)
    assert isinstance(fix, ActionStep)
    check, action = look.check.kind, fix.action.kind
    assert isinstance(check, CommandCheck)
    assert isinstance(action, CommandAction)
    assert ("npx", "supabase", "status", "--workdir", "${run.id}", "5", "x-${run.id}") == check.command
    assert ({"RB_RUN_ID": "${run.id}", "KEY": "${secrets.API_KEY}", "N": "3"}, (4,)) == (
        check.env,
        check.from_data,
    )
    assert ("npx supabase start > log", True) == (action.command, action.shell)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("▶command: [ls]", "needs 'read_only_because'"),
        ("▶command: ls -l, read_only_because: x", "is one text"),
        ("▶command: [sh, -c, ls], read_only_because: x", "is a shell"),
        ("▶command: 'ls ${inputs.app}', shell: true, read_only_because: x", "a line for the shell holds no"),
        ("▶command: ['${inputs.app}'], read_only_because: x", "the program is written out"),
        ("▶command: [curl, '${secrets.KEY}'], read_only_because: x", "a secret may not be an argument"),
        ("▶command: [ls], env: {LD_PRELOAD: x}, read_only_because: x", "LD_PRELOAD changes how programs"),
        ("command: [ls, ▶[a, b]], read_only_because: x", "an argument is one text"),
        ("command: [ls], parse: ▶yaml, read_only_because: x", "is none of text, json, lines"),
        ("▶file: ''", "names no file"),
        ("▶tls: shop.test", "write example.com:443"),
        ("dns: shop.test, type: ▶AX", "is none of A, AAAA"),
    ],
)
def test_what_could_be_turned_is_refused_where_it_stands(command: str, says: str) -> None:
    """With its place in the file, before anything runs."""
    text = f"{HEAD}  a: {{check: {{{command}}}, then: false-alarm}}\n"
    found = loaded(text)
    assert marked(text) == places(found.findings)
    assert says in f"{found.findings[0].finding.message}: {found.findings[0].finding.fix}"
