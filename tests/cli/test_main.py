"""What every invocation pays before it does anything."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine import __version__
from tests.cli.conftest import ROOT
from tests.patience import PATIENCE

HEAVY = (
    "asyncio",
    "httpx",
    "jinja2",
    "markdown_it",
    "networkx",
    "pydantic",
    "rich",
    "yaml",
    "importlib.metadata",
)


def imported(words: list[str], **environ: str) -> tuple[str, set[str]]:
    """Run the command in a fresh interpreter; return its output and the modules it imported."""
    script = (
        "import sys\nfrom engine.cli import main\ncode = main()\n"
        "sys.stderr.write('\\n'.join(sys.modules))\nsys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (["--version"], {}, f"runbook {__version__}\n"),
        (["--help"], {}, "Usage: runbook COMMAND"),
        (
            [],
            {"_RUNBOOK_COMPLETE": "bash_complete", "COMP_WORDS": "runbook re", "COMP_CWORD": "1"},
            "plain,report\n",
        ),
    ],
)
def test_version_help_and_the_first_tab_import_nothing_they_do_not_need(
    words: list[str], environ: dict[str, str], says: str
) -> None:
    """Neither click nor anything heavy: an on-call presses TAB at every word."""
    output, modules = imported(words, **environ)
    assert output.startswith(says)
    assert {name for name in (*HEAVY, "click") if name in modules} == set()


def test_the_help_of_one_command_imports_nothing_heavy() -> None:
    """click comes with a command, the engine with its work."""
    output, modules = imported(["run", "--help"])
    assert "runbook run agent-sdk-down" in output
    assert {name for name in HEAVY if name in modules} == set()


def test_a_reader_that_is_gone_is_no_error() -> None:
    """`runbook --help | head -0` says nothing on standard error."""
    done = subprocess.run(
        f'"{sys.executable}" -m engine --help | true',
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (0, "") == (done.returncode, done.stderr)
