"""How-to pages that add something: their code becomes new files in a copy, and no other file is changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import DOCS, ROOT, blocks, missing
from tests.patience import PATIENCE

FOUND = """
from pathlib import Path
from engine.cli.reference import pages
from engine.kinds.discovery import family
from engine.model.loading import json_schema, load_runbook
from engine.model.source import read
import engine, json
print(Path(engine.__file__).parent)
print("{kind}" in family("{of}"))
print("## {kind}" in pages()["{of}.md"])
print("{kind}" in json.dumps(json_schema()))
step = "{{{word}: " + family("{of}")["{kind}"].example + ", then: escalated}}"
text = "runbook: x\\ntitle: x\\nsteps: {{a: " + step + "}}\\n"
print(load_runbook(read(text.encode(), "x.yaml")).findings)
wrong = text.replace("{kind}: ", "{typo}: ")
print({{one.finding.fix for one in load_runbook(read(wrong.encode(), "x.yaml")).findings}})
"""
LINTED = """
import sys
from engine.model.lint import lint
from engine.model.loading import load_runbook
from engine.model.source import read
from engine.render.findings import plain
document = read(sys.stdin.buffer.read(), "runbooks/incidents/shop-down.yaml")
print(plain(lint(load_runbook(document).require(), document)))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and of the tests that every kind has to pass."""
    left_out = shutil.ignore_patterns("__pycache__", "_content")
    shutil.copytree(ROOT / "engine", tmp_path / "engine", ignore=left_out)
    shutil.copytree(ROOT / "tests" / "kinds", tmp_path / "tests" / "kinds", ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def python(folder: Path, *words: str, given: str = "") -> str:
    """Run Python in a copy, and return what it says; it must end well."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, input=given, capture_output=True, text=True, timeout=PATIENCE
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def add_files(copy: Path, page: str) -> list[str]:
    """Write the Python blocks of a page; each must be a new file."""
    added = []
    for block in blocks(DOCS / "howto" / page):
        if block.info == "python":
            path = copy / block.file
            assert not path.exists()
            path.write_text(block.text.partition("\n")[2], encoding="utf-8")
            added.append(block.file)
    return added


@pytest.mark.parametrize(
    ("page", "of", "word", "kind", "typo"),
    [
        ("add-a-check-kind.md", "checks", "check", "queue_depth", "queue_dept"),
        ("add-an-action-kind.md", "actions", "action", "feature_flag", "featur_flag"),
    ],
)
def test_a_kind_on_a_page_is_found_validated_and_documented(
    copy: Path, page: str, of: str, word: str, kind: str, typo: str
) -> None:
    """Two new files, nothing else: discovery, loader, schema, reference, and the contract of all kinds."""
    added = add_files(copy, page)
    assert [f"engine/kinds/{of}/{kind}.py", f"tests/kinds/{of}/test_{kind}.py"] == added
    script = FOUND.format(of=of, word=word, kind=kind, typo=typo)
    told = python(copy, "-c", script).splitlines()
    assert [str(copy / "engine"), "True", "True", "True", "()", f"{{\"did you mean '{kind}'?\"}}"] == told
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", added[1], "tests/kinds/test_family.py"]
    assert " passed" in python(copy, *tests)
    assert "Success" in python(copy, "-m", "mypy", "--strict", "--cache-dir", str(copy / "cache"), added[0])
    python(copy, "-m", "ruff", "check", "--no-cache", *added)


def test_a_rule_on_a_page_finds_what_the_page_quotes(copy: Path) -> None:
    """One new file is a rule, under its name, in the reference too."""
    assert ["engine/model/lint/question_without_end.py"] == add_files(copy, "add-a-lint-rule.md")
    page = blocks(DOCS / "howto" / "add-a-lint-rule.md")
    example = next(block for block in page if block.info == "yaml")
    quoted = next(block for block in page if block.info == "text")
    told = python(copy, "-c", LINTED, given=example.text)
    assert "" == missing(quoted.text.splitlines(), told)
    reference = python(copy, "-c", "from engine.cli.reference import pages; print(pages()['lint-rules.md'])")
    assert "| `question-without-end`" in reference
    python(copy, "-m", "ruff", "check", "--no-cache", "engine/model/lint/question_without_end.py")
