"""Findings as annotations of GitHub Actions."""

from __future__ import annotations

from engine.kinds.findings import Finding, Located, Stop
from engine.render.github import github


def located(message: str = "it is wrong", file: str = "runbooks/a.yaml", fix: str = "mend it") -> Located:
    """Return one finding."""
    finding = Finding("unverified-change", ("steps", "a"), message, fix, "warning")
    return Located(finding, file, 5, 3, 4)


def test_a_finding_is_one_annotation_at_its_place() -> None:
    """With what to do, and the path where there is one."""
    expected = (
        "::warning file=runbooks/a.yaml,line=5,col=3,endColumn=7,title=unverified-change::"
        "it is wrong. What to do: mend it"
    )
    assert expected == github([located()])
    there = Located(Finding("r", (), "m"), "a", 1, 1, trace=(Stop("a", 1, 1), Stop("resolved")))
    assert github([there]).endswith("::m (path: a -> resolved)")


def test_nothing_in_a_file_begins_a_command_or_ends_a_property() -> None:
    """Line breaks, percent signs, colons and commas are escaped."""
    text = github([located("100 %\n::error::x", "a,b:c.yaml")])
    assert 1 == len(text.splitlines())
    assert "file=a%2Cb%3Ac.yaml," in text
    assert "100 %25\\n::error::x" in text


def test_no_findings_are_no_lines() -> None:
    """A log of a workflow has nothing to annotate."""
    assert "" == github([])
