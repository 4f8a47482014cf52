"""What changed since a revision, as it is shown: short, where it differs, and nothing hidden."""

from __future__ import annotations

from engine.render.against import as_json, lines, summary
from engine.views.weakened import Change, Direction, Place


def change(direction: Direction, before: str, after: str, why: str = "") -> Change:
    """Return one difference."""
    return Change(direction, Place("look", "check expects status"), before, after, why)


def test_what_got_weaker_stands_first_and_a_dead_end_next() -> None:
    """Each with its word, and the reason behind it."""
    found = [
        change("stronger", "a", "b"),
        change("different", "a", "c"),
        change("dead end", "", "d"),
        change("weaker", "200", "{lt: 600}", "a path leads here around look"),
    ]
    assert [
        "web",
        "  WEAKER     look: check expects status: 200 -> {lt: 600} (a path leads here around look)",
        "  DEAD END   look: check expects status: new: d",
        "  different  look: check expects status: a -> c",
        "  stronger   look: check expects status: a -> b",
        "",
        "since main: 1 weaker, 1 dead end, 1 different, 1 stronger",
    ] == list(lines([("web", found)], "main"))


def test_a_dead_end_is_counted_only_where_there_is_one() -> None:
    """The other three always are."""
    assert "since main: 0 weaker, 1 different, 0 stronger" == summary([change("different", "a", "b")], "main")
    assert "nothing has changed in behaviour since main" == summary([], "main")


def test_two_long_sides_are_shown_where_they_differ() -> None:
    """Not twice the same beginning."""
    same = "one row after another " * 20
    (_, line, *_) = lines([("web", [change("different", f"{same}to people", f"{same}to restart")])], "main")
    assert line.endswith("…row after another to people -> …row after another to restart")
    (_, line, *_) = lines([("web", [change("weaker", "x" * 500, "")])], "main")
    assert 300 > len(line)


def test_only_the_first_reasons_are_shown_and_the_data_holds_all() -> None:
    """More than two are counted."""
    one = change("weaker", "recovered", "mitigated", "first; second; third; fourth")
    (_, line, *_) = lines([("web", [one])], "main")
    assert line.endswith("recovered -> mitigated (first; second; and 2 more)")
    (told,) = as_json([("web", [one])])
    assert isinstance(told, dict)
    assert "first; second; third; fourth" == told["why"]


def test_what_an_author_wrote_is_shown_and_never_obeyed() -> None:
    """A control character is written as its escape."""
    (name, line, *_) = lines([("we\x1bb", [change("weaker", "a\x1b[2J", "b", "c\x07")])], "main")
    assert "\x1b" not in name + line
    assert "\x07" not in line
