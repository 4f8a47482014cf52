"""A line typed at the bottom of the screen."""

from __future__ import annotations

import pytest

from engine.cli.line_editor import LONGEST, LineEditor


@pytest.mark.parametrize(
    ("typed", "outcome", "text"),
    [
        ("why not", "", "why not"),
        ("ok\r", "done", "ok"),
        ("two\x7f\x7fo\n", "done", "to"),
        ("one two\x17\r", "done", "one"),
        ("gone\x15new\r", "done", "new"),
        ("x\x1b", "cancelled", "x"),
        ("x\x04", "cancelled", "x"),
        ("a\tb", "", "a b"),
        ("a\x01\u202eb", "", "ab"),
        ("e\u0301\x7f", "", ""),
        ("\x7f", "", ""),
    ],
)
def test_keys_do_what_they_do_everywhere(typed: str, outcome: str, text: str) -> None:
    """Enter sends, Esc and Ctrl-D give up, Backspace, Ctrl-U and Ctrl-W rub out; controls are nothing."""
    editor = LineEditor("why")
    assert (outcome, text) == (editor.type(typed), editor.text)


def test_a_long_line_shows_its_end() -> None:
    """What is being typed stays in sight, and no more is taken than anybody reads."""
    editor = LineEditor("why")
    editor.type("x" * (LONGEST + 10) + "end")
    assert LONGEST == len(editor.text)
    assert len(editor.shown(40)) <= 40
    assert editor.shown(40).startswith(" why> …x")


def test_a_long_question_leaves_room_for_what_is_typed() -> None:
    """Whatever the question, the person sees the letters that will be sent."""
    editor = LineEditor("how to read it: " + "one of many words, " * 40)
    editor.type("crash-loop")
    assert editor.shown(100).endswith("> crash-loop_")
    assert len(editor.shown(100)) <= 100
