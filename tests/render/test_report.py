"""Reports as Markdown: whole, inert, and left alone by the formatter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mdformat
import pytest

from engine.core.events import Noted, Person, SeveritySet, Skipped
from engine.io.people import Line
from engine.kinds.values import Duration
from engine.render.gantt import gantt
from engine.render.report import drill, incident
from engine.views.report import report
from engine.views.score import score
from tests.render.test_markdown_text import kinds
from tests.views.story import ERIK, GOOD, MARA, PEOPLE, ended, plan, ref, tell
from tests.views.test_score import EXPECT, SCENARIO

TEMPLATES = Path(__file__).parents[2] / "templates"
EVIL = "# x\n</script><img src=http://evil.example/x> [a](javascript:b) | `c` ```\n\u202e_d_"


def of(**story: object) -> str:
    """The incident report of a story."""
    return incident(report(tell(**story), "h" * 64), TEMPLATES)  # type: ignore[arg-type]


def drilled(**story: object) -> str:
    """The drill report of a story."""
    return drill(score(tell(**story), SCENARIO, "h" * 64, Duration(30 * 86_400.0)), TEMPLATES)  # type: ignore[arg-type]


def evil() -> dict[str, object]:
    """A story in which everything that comes from outside tries to be Markdown."""
    person = Person(name=EVIL, role=EVIL, identity="claimed")
    steps = {path: replace(one, title=EVIL) for path, one in plan().steps.items()}
    return {
        "of": plan(title=EVIL, impact=EVIL, environment=EVIL, service=EVIL, steps=steps),
        "answers": {
            "look.health": [ended("fail", EVIL, facts={"recent": EVIL})],
            "roll-back.do.0": [ended("failed", EVIL)],
            "engineer.page": [ended("undelivered", EVIL)],
        },
        "people": [Line("cannot", item="look", after=1.0, person=person, reason=EVIL), *PEOPLE[1:]],
        "said": (
            (1.0, Noted(text=EVIL, command=EVIL), person),
            (2.0, SeveritySet(severity="SEV-2", why=EVIL), person),
        ),
    }


STORIES: dict[str, dict[str, object]] = {
    "resolved": {},
    "escalated": {
        "answers": {
            "roll-back.do.0": [ended("failed", "403")],
            "engineer.page": [ended("undelivered", "refused")],
        }
    },
    "waiting": {"people": PEOPLE[:1]},
    "scaled": {"of": plan(time_scale=10.0, drills=True)},
    "by hand": {
        "people": [PEOPLE[0], Line("hand", step="roll-back", after=9.0, person=MARA, reason="later")]
    },
    "broken soak": {"answers": {"recovered": [GOOD, ended("fail", "503 | x"), GOOD]}},
    "skipped": {"said": ((1.0, Skipped(step="look", reason=""), ERIK),)},
    "bare": {"of": plan(owner="", impact="", service="", severity="", since=None, severities={}, real=False)},
    "hostile": evil(),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_every_report_is_a_fixed_point_of_the_formatter(story: dict[str, object]) -> None:
    """Whatever happened, no formatter would change the file."""
    for page in (of(**story), drilled(**story)):
        assert page == mdformat.text(page, extensions={"gfm", "tables"})


def test_nothing_from_outside_becomes_markup() -> None:
    """A hostile run makes the same kinds of tokens as a harmless one."""
    for make in (of, drilled):
        page = make(**evil())
        assert set() == kinds(page) & {
            "html_inline",
            "html_block",
            "link_open",
            "image",
            "em_open",
            "hr",
            "blockquote_open",
        }
        assert "evil.example" in page
        assert "\u202e" not in page


def test_the_incident_report_says_what_matters() -> None:
    """Identity, times, cause, what is owed, decisions, changes, evidence with hashes."""
    page = of()
    for text in (
        "# INC-20251123-030212 Agent service does not answer\n",
        "- Status: resolved (Recovered: 3 passes in a row over 1m)\n",
        "- Ended: 2025-11-23 03:05:20 UTC (4m8s after the alert)\n",
        f"- Record: 26 records, head `{'h' * 64}`",
        "- [ ] **OWED** by reliability, due 2025-11-24 03:05:20 UTC: users affected\n",
        "- First mitigating action: 2m8s after the alert\n",
        "| mitigate | 1m30s | 10m    | 1m      | 0s              | 30s   |\n",
        "mara (reliability), claimed",
        "  - in place, can be undone by `curl -sS -i -m 60 -X POST 'https://machines.example/deploy-again'`\n",
        f"| `evidence/health.txt`    | 12    | `{ref('health').sha256}` | `look` ",
    ):
        assert text in page


def test_what_was_measured_is_rounded_where_the_engine_says_how_it_ended() -> None:
    """A person reads no milliseconds; a note keeps what was written."""
    exact = report(tell(said=((1.0, Noted(text="waited 1s500ms"), ERIK),)), "h" * 64)
    rows = tuple(
        replace(row, text=row.text.replace("over 1m", "over 10s373ms")) for row in exact.timeline.rows
    )
    told = incident(
        replace(
            exact,
            why="Recovered: 3 passes in a row over 2s8ms",
            timeline=replace(exact.timeline, rows=rows),
        ),
        TEMPLATES,
    )
    assert "resolved (Recovered: 3 passes in a row over 2s)" in told
    assert "held: 3 passes in a row over 10s" in told
    assert "373ms" not in told
    assert "waited 1s500ms" in told


def test_what_was_expected_and_seen_stands_whole() -> None:
    """A long observation is cut in the table and kept in the list."""
    long = "word " * 60 + "end"
    page = of(answers={"look.health": [ended("fail", long, facts={"status": 502})]})
    assert f"- 03:02:14 health: {long}\n" in page


def test_two_attempts_that_led_nowhere_stand_under_blockers() -> None:
    """Each with its time, its command and what came of it."""
    silent = ended("fail", "no answer in 5.0s | x", no_answer="timeout")
    page = of(answers={"look.health": [silent]})
    part = page.partition("\n## Blockers\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if "`look`" in line]
    assert 2 == len(rows)
    assert all("`curl -sS -i -m 10 'https://agent.example/health'`" in row for row in rows)
    assert all(r"fail: no answer in 5.0s \| x" in row for row in rows)
    assert "\n## Blockers\n\nNone.\n" in of()


def test_a_missing_reason_is_marked() -> None:
    """In the table of deviations and among what is owed."""
    page = of(**STORIES["by hand"])
    row = next(line for line in page.splitlines() if "| by hand |" in line)
    assert "**OWED**" in row
    assert "**OWED** by mara, due" in page


def test_a_failed_drill_says_so_first() -> None:
    """The title, the expectation that was missed, and what it showed instead."""
    page = drill(score(tell(), replace(SCENARIO, expect=replace(EXPECT, end="escalated")), "h"), TEMPLATES)
    assert page.startswith("# Drill crash-loop: FAILED\n")
    assert "| **NO** | end " in page
    assert "- Next drill: no date is set\n" in page


def test_a_scaled_drill_shows_both_times() -> None:
    """Measured and at full length, for moments and phases."""
    page = drilled(**STORIES["scaled"])
    assert "| verified recovery       | 3m14s           | 4m8s           |\n" in page
    assert "Pauses, soak and ladder were 10.0 times shorter" in page
    assert "At full length" not in drilled()


def test_a_run_over_midnight_shows_dates() -> None:
    """Times of day alone would be ambiguous."""
    happened = [replace(one, at=one.at.after(20.9 * 3600 + 100)) for one in tell(of=plan(since=None))]
    page = incident(report(happened, "h"), TEMPLATES)
    assert "| 2025-11-23 " in page
    assert "| 2025-11-24 " in page


def test_the_same_run_is_the_same_bytes() -> None:
    """Nothing in a report depends on anything but the journal."""
    assert of() == of()


def test_the_chart_draws_every_visit_in_its_phase() -> None:
    """A failed look is critical, what held is done; moments are milestones."""
    chart = gantt(report(tell(), "h"))
    assert (
        "    section Mitigate\n    2 Roll back :done, b2, 2025-11-23 03:02:50.200, 2025-11-23 03:04:20.200\n"
        in chart
    )
    assert "    1 Look :crit, b1, " in chart
    assert "    recovered :milestone, 2025-11-23 03:05:20.300, 0s" in chart


def test_a_run_that_just_began_has_no_chart() -> None:
    """An empty chart would be an error of the picture."""
    assert "" == gantt(report(tell()[:1], "h"))
