"""What a person sees of the findings in a file, whole, and what a program gets."""

import json
import time
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.findings import Finding, Located, Severity, Stop
from engine.render.findings import as_json, plain, visible

FILE = "runbooks/x.yaml"


def found(
    source: str = "    chek: {use: foo}",
    column: int = 5,
    width: int = 4,
    *,
    line: int = 12,
    file: str = FILE,
    message: str = "unknown key 'chek': did you mean 'check'?",
    fix: str = "",
    severity: Severity = "error",
) -> Located:
    """Return one located finding; the defaults are those of a typing error."""
    finding = Finding("unknown-key", ("steps", "look", "chek"), message, fix, severity)
    return Located(finding, file, line, column, width, source)


def shown(source: str, column: int, width: int) -> list[str]:
    """Return the source line and the caret line as they are shown."""
    return plain([found(source, column, width, message="here")]).splitlines()[1:3]


def test_findings_are_shown_with_line_caret_and_what_to_do() -> None:
    """Each finding names its place, shows the line, points into it and says what to do; a count ends it."""
    findings = [
        found(fix="correct the spelling, or take the key out"),
        found("severity: SEV-9", 11, 5, line=4, message="'SEV-9' is none of SEV-1, SEV-2, SEV-3"),
        found("", 1, 1, line=1, file="runbooks/a.yaml", message="the file has 300,000 bytes", fix="split it"),
        found("owner: me", 1, 5, line=130, message="no role of this name", severity="warning"),
    ]
    expected = """\
        error[unknown-key] runbooks/a.yaml:1:1
             = the file has 300,000 bytes
             = do: split it

        error[unknown-key] runbooks/x.yaml:4:11
           4 | severity: SEV-9
             |           ^^^^^ 'SEV-9' is none of SEV-1, SEV-2, SEV-3

        error[unknown-key] runbooks/x.yaml:12:5
           12 |     chek: {use: foo}
              |     ^^^^ unknown key 'chek': did you mean 'check'?
              = do: correct the spelling, or take the key out

        warning[unknown-key] runbooks/x.yaml:130:1
           130 | owner: me
               | ^^^^^ no role of this name

        3 errors and 1 warning in 2 files"""
    assert dedent(expected) == plain(findings)


def test_the_order_in_which_findings_come_does_not_show() -> None:
    """File, line and column decide the order, for people and for programs."""
    findings = [
        found(line=line, column=column, file=file) for file in "ba" for line in (9, 10) for column in (2, 1)
    ]
    assert plain(findings) == plain(findings[::-1])
    assert [("a", 9, 1), ("a", 9, 2), ("a", 10, 1), ("a", 10, 2)] == [
        (one["file"], one["line"], one["column"]) for one in as_json(findings[::-1])
    ][:4]


@pytest.mark.parametrize(
    ("severities", "summary"),
    [
        (["error"], "1 error in 1 file"),
        (["warning", "warning"], "2 warnings in 1 file"),
        (["error", "warning"], "1 error and 1 warning in 1 file"),
    ],
)
def test_the_last_line_counts_what_was_found(severities: list[Severity], summary: str) -> None:
    """Only what there is gets counted."""
    assert summary == plain([found(severity=severity) for severity in severities]).splitlines()[-1]


def test_no_findings_show_nothing() -> None:
    """Whoever calls has words of their own for a good file."""
    assert ("", ()) == (plain([]), as_json([]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, été, 漢字, 🙂", "plain text, été, 漢字, 🙂"),
        ("\x1b[2J\x07\x00\x7f", r"\x1b[2J\x07\x00\x7f"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("a\u200bb\u200d\ufeff\u00ad", r"a\u200bb\u200d\ufeff\xad"),
        ("a\u00a0b\u2003c\u2028", r"a\xa0b\u2003c\u2028"),
        ("\u3164\u115f\ufe0f\U000e0041\U000e0101", r"\u3164\u115f\ufe0f\U000e0041\U000e0101"),
        ("\x9b\ud800", r"\x9b\ud800"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_escape(text: str, expected: str) -> None:
    """Control, bidi and zero-width characters, odd spaces and blank letters do not reach the screen."""
    assert expected == visible(text)


def test_every_part_of_a_finding_is_made_visible() -> None:
    """File name, line, message and fix may all hold what somebody else wrote."""
    text = plain([found("\x1b]0;a\x07", 1, 2, file="\x1b[1m", message="\u202eb", fix="c\rd")])
    expected = r"""
        error[unknown-key] \x1b[1m:12:1
           12 | \x1b]0;a\x07
              | ^^^^^ \u202eb
              = do: c\rd

        1 error in 1 file"""
    assert dedent(expected).strip() == text


@pytest.mark.parametrize(
    ("source", "column", "width", "caret"),
    [
        ("a: b", 4, 1, "   ^"),
        ("漢字: x", 5, 1, "      ^"),  # two cells each
        ("漢字: x", 1, 2, "^^^^"),
        ("e\u0301te\u0301: x", 8, 1, "     ^"),  # a combining mark takes no cell
        ("\tb: 1", 1, 1, "^^"),  # a tab is shown as two
        ("\u200bb: 1", 2, 1, "      ^"),
        ("a: 'b", 6, 1, "     ^"),  # behind the end
        ("a: b", 4, 50, "   ^"),  # not beyond it
    ],
)
def test_the_caret_stands_under_what_it_means(source: str, column: int, width: int, caret: str) -> None:
    """Wide, combining and escaped characters do not shift it."""
    assert f"      | {caret} here" == shown(source, column, width)[1]


def test_a_long_line_is_cut_around_the_caret() -> None:
    """What is meant stays on the screen, with an ellipsis on each side that was cut."""
    source = "x" * 500 + "here" + "y" * 500
    assert [
        "   12 | …" + "x" * 30 + "here" + "y" * 66 + "…",
        "      | " + " " * 31 + "^^^^ here",
    ] == shown(source, 501, 4)


def test_the_ends_of_a_long_line_are_cut_on_one_side_only() -> None:
    """No ellipsis stands where the line begins or ends."""
    source = "a" * 300
    assert ["   12 | " + "a" * 100 + "…", "      | ^ here"] == shown(source, 1, 1)
    assert ["   12 | …" + "a" * 31, "      | " + " " * 31 + "^ here"] == shown(source, 300, 1)


def test_a_cut_counts_cells_not_characters() -> None:
    """Of wide letters half as many fit, and none is cut in two."""
    assert [
        "   12 | …" + "漢" * 15 + "é" + "漢" * 34 + "…",
        "      | " + " " * 31 + "^ here",
    ] == shown("漢" * 60 + "é" + "漢" * 60, 61, 1)


def test_a_caret_wider_than_the_screen_ends_with_the_line() -> None:
    """A fault as long as its line is underlined as far as the line is shown."""
    assert ["   12 | " + "a" * 100 + "…", "      | " + "^" * 100 + " here"] == shown("a" * 300, 1, 300)


def test_hundreds_of_findings_on_one_long_line_are_shown_in_time() -> None:
    """The work for a finding does not grow with the length of its line, nor does the data."""
    findings = [found("漢" * 250_000, column, 1) for column in range(1, 250_000, 500)]
    started = time.process_time()
    size = len(plain(findings)) + len(json.dumps(as_json(findings)))
    assert time.process_time() - started < 20
    assert size < 500_000


def test_the_data_form_holds_every_field_as_it_is() -> None:
    """Programs get the texts unescaped, and the route to the place in the tree."""
    assert (
        {
            "rule": "unknown-key",
            "severity": "error",
            "file": "runbooks/x.yaml",
            "line": 12,
            "column": 5,
            "width": 4,
            "route": ["steps", "look", "chek"],
            "message": "\x1b",
            "fix": "mend it",
            "source": "    chek: {use: foo}",
            "trace": [],
        },
    ) == as_json([found(message="\x1b", fix="mend it")])


@given(st.text(), st.integers(1, 300), st.integers(1, 300))
def test_any_line_is_shown_in_few_printable_cells(source: str, column: int, width: int) -> None:
    """Whatever the line holds, the screen gets three or four printable lines of bounded length."""
    text = plain([found(source * 5, column, width, message="m")])
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()) == (5 if source else 4)
    assert all(len(line) <= 220 for line in text.splitlines())


def test_a_path_is_shown_with_the_line_of_every_step() -> None:
    """On one row; the middle of a long one is left out, and an end has no line."""
    short = replace(found(), trace=(Stop("look", 4, 3), Stop("act", 9, 3), Stop("resolved")))
    assert "      = path: look (4) -> act (9) -> resolved" in plain([short]).splitlines()
    long = replace(found(), trace=tuple(Stop(f"s{n}", n, 3) for n in range(1, 21)))
    path = "s1 (1) -> s2 (2) -> s3 (3) -> … 13 more … -> s17 (17) -> s18 (18) -> s19 (19) -> s20 (20)"
    assert f"      = path: {path}" in plain([long]).splitlines()
    assert [{"name": "look", "line": 4}, {"name": "act", "line": 9}, {"name": "resolved", "line": 0}] == (
        as_json([short])[0]["trace"]
    )
