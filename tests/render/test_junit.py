"""Findings as JUnit XML: read back by a parser."""

from __future__ import annotations

from xml.etree import ElementTree

from engine.kinds.findings import Finding, Located, Severity, Stop, Waiving
from engine.render.junit import junit

FILES = ["runbooks/a.yaml", "runbooks/b.yaml"]


def located(severity: Severity = "error", message: str = "it is wrong", file: str = FILES[0]) -> Located:
    """Return one finding."""
    finding = Finding("unverified-change", ("steps", "a"), message, "mend it", severity)
    return Located(finding, file, 5, 3, 4, "", (Stop("a", 5, 3), Stop("resolved")))


def read(*findings: Located, waived: tuple[Waiving, ...] = (), strict: bool = False) -> ElementTree.Element:
    """Return the document, parsed."""
    return ElementTree.fromstring(junit(FILES, findings, waived, strict=strict))


def test_each_file_is_a_suite_and_each_finding_a_case() -> None:
    """An error fails, with place, path and what to do; a clean file is one case that passed."""
    root = read(located())
    assert FILES == [suite.get("name") for suite in root]
    assert ("2", "1", "0") == (root.get("tests"), root.get("failures"), root.get("errors"))
    (case,) = root[0]
    assert "unverified-change (line 5)" == case.get("name")
    failure = case.find("failure")
    assert failure is not None
    assert "it is wrong" == failure.get("message")
    assert ["runbooks/a.yaml:5:3", "it is wrong", "do: mend it", "path: a -> resolved"] == (
        failure.text or ""
    ).splitlines()
    assert ["nothing to mend"] == [case.get("name") for case in root[1]]


def test_a_warning_fails_only_where_it_is_asked_for() -> None:
    """Otherwise it is what a passed case said."""
    (case,) = read(located("warning"))[0]
    assert ["system-out"] == [inner.tag for inner in case]
    strict = read(located("warning"), strict=True)
    assert "1" == strict.get("failures")
    assert ["failure"] == [inner.tag for inner in strict[0][0]]


def test_what_is_waived_is_skipped_with_its_reason() -> None:
    """Its file has no failure, and is one clean case besides."""
    root = read(waived=(Waiving(located(), "it is a test", "2026-03-01"),))
    assert "0" == root.get("failures")
    skipped = root[0].find("testcase/skipped")
    assert skipped is not None
    assert "waived until 2026-03-01: it is a test" == skipped.get("message")


def test_what_an_author_wrote_is_text_and_no_markup() -> None:
    """Nor can a character that XML does not hold break the document."""
    root = read(located(message='</failure><script>"&\x00\x1b[2J\n'))
    failure = root[0].find("testcase/failure")
    assert failure is not None
    assert '</failure><script>"&\\x00\\x1b[2J\\n' == failure.get("message")


def test_a_finding_in_a_file_that_was_not_named_has_its_suite() -> None:
    """Nothing that was found is lost."""
    assert [*FILES, "other.yaml"] == [suite.get("name") for suite in read(located(file="other.yaml"))]
