"""The text of a file of step tests: one line a test, and read back it is what was written."""

from __future__ import annotations

import pytest

from engine.kinds.values import Json
from engine.model.loading.step_tests import load_step_tests
from engine.render.step_tests_file import flow, plain_test, step_tests_text
from tests.app.websteps import STEPS
from tests.model.files import document

WORDS: list[Json] = [
    "plain", "two words", "yes", "No", "10s", "1.5", "a: b", "", "it's", "#x", "a\nb", "- a", "null", "~", "true",
    "https://x.example/y?z=1", "(?i)a|b", "{a}", "[b]", "*", "&a", "%", "@a", "`a`", "a #b", "2025-11-23T03:05:22Z",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS, ids=[repr(word) for word in WORDS])
def test_a_text_is_read_back_as_it_was(word: str) -> None:
    """Quoted wherever YAML would read something else into it, as a value and as a key."""
    read = document(f"a: {flow([word])}\nb: {flow({word or 'k': word})}\n")
    assert {"a": [word], "b": {word or "k": word}} == read.data


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, [], {}, [1, {"a": [None, "b"]}]])
def test_any_data_is_read_back_as_it_was(value: Json) -> None:
    """In one line."""
    assert {"a": value} == document(f"a: {flow(value)}\n").data
    assert "\n" not in flow(value)


def test_a_file_that_is_written_again_says_the_same() -> None:
    """Every part of a test survives."""
    first = load_step_tests(document(STEPS)).require()
    tests = {step: [plain_test(one) for one in found] for step, found in first.tests.items()}
    head = {key: value for key, value in document(STEPS).data.items() if key != "tests"}
    text = step_tests_text(("What it is.",), head, tests)
    assert first == load_step_tests(document(text)).require()
    assert text.startswith("# What it is.\nsteps: web-down\n")
    assert sum(len(found) for found in tests.values()) == sum(
        line.startswith("    - {") for line in text.splitlines()
    )
