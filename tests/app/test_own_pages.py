"""Tables in pages that people write: kept current, and nothing else on them touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.app.documenting import stale, write
from engine.app.workspace import Workspace
from engine.kinds.errors import UsageError

PAGE = "docs/why.md"
THRESHOLDS = """
thresholds:
  slow: {value: 1s, title: A page, source: us, conflicts: [2s, 3s]}
"""
MARKED = """\
# Why

Mine.

<!-- runbook docs: thresholds slow -->
old
<!-- end of runbook docs -->

```text
<!-- runbook docs: thresholds unknown -->
<!-- end of runbook docs -->
```

Mine too.
"""
TABLE = """\
| What   | Used    | Also said |
| ------ | ------- | --------- |
| A page | 1s (us) | 2s; 3s    |
"""


@pytest.fixture
def page(root: Path) -> Path:
    """Return a page of somebody's own, with a table that is out of date."""
    (root / "runbooks/catalogue/thresholds.yaml").write_text(THRESHOLDS)
    path = root / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MARKED)
    return path


def test_a_table_is_filled_and_the_rest_is_the_authors(workspace: Workspace, root: Path, page: Path) -> None:
    """Twice is the same as once."""
    assert PAGE in write(workspace, root).written
    text = page.read_text()
    assert MARKED.replace("\nold\n", f"\n\n{TABLE}\n") == text
    assert PAGE in write(workspace, root).unchanged
    assert text == page.read_text()


def test_a_table_that_is_out_of_date_is_found(workspace: Workspace, root: Path, page: Path) -> None:
    """As a page that is stale, with what to do."""
    write(workspace, root)
    numbers = root / "runbooks/catalogue/thresholds.yaml"
    numbers.write_text(numbers.read_text().replace("1s", "4s"))
    (found,) = (one for one in stale(workspace, root, date(2025, 11, 23)) if one.page == PAGE)
    assert ("stale", "run `runbook docs` and commit the page") == (found.rule, found.fix)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MARKED.replace("slow -->", "slwo -->", 1), "there is no threshold 'slwo'"),
        (MARKED.replace("old\n<!-- end of runbook docs -->", "old", 1), "a table has no end"),
        ("# Why\n\n<!-- runbook docs: thresholds slow -->\n", "a table has no end"),
        (
            MARKED.replace("thresholds slow", "treshholds slow", 1),
            "'<!-- runbook docs: treshholds slow -->' names no table",
        ),
        (
            MARKED.replace("\nold\n", "\n<!-- runbook docs: thresholds slow -->\n"),
            "a table begins in another",
        ),
    ],
)
def test_a_mark_that_cannot_be_meant_is_refused(
    workspace: Workspace, root: Path, page: Path, text: str, says: str
) -> None:
    """By the page's name, with a hint."""
    page.write_text(text)
    with pytest.raises(UsageError) as told:
        write(workspace, root)
    assert f"{PAGE}: {says}" in told.value.message
    assert told.value.hint
