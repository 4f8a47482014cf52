"""What is read from the commands' files is what the commands are."""

from __future__ import annotations

import importlib

import pytest

from engine.cli.command_list import SECTIONS, Listed, commands, completion, help_page


@pytest.mark.parametrize("listed", commands(), ids=lambda one: one.name)
def test_every_file_is_a_command_of_its_name_with_a_section(listed: Listed) -> None:
    """The scan and the module agree."""
    module = importlib.import_module(f"engine.cli.commands.{listed.name.replace('-', '_')}")
    assert listed.name == module.command.name
    assert module.__doc__.splitlines()[0].rstrip(".") == listed.help
    assert module.SECTION == listed.section
    assert listed.section in SECTIONS


def test_the_help_page_names_every_command_once() -> None:
    """A new file appears by being there."""
    lines = [line.split()[0] for line in help_page().splitlines() if line.startswith("  ")]
    assert sorted(one.name for one in commands()) == sorted(lines)


@pytest.mark.parametrize(
    ("shell", "words", "place", "expected"),
    [
        ("bash", "runbook take", "1", "plain,take-over\n"),
        ("zsh", "runbook take", "1", "plain\ntake-over\n"),
        ("fish", "runbook take", "take", "plain,take-over\t"),
        ("bash", "runbook run web", "2", ""),
        ("bash", "runbook --v", "1", ""),
    ],
)
def test_tab_at_the_first_word_is_answered_in_the_form_of_the_shell(
    shell: str, words: str, place: str, expected: str
) -> None:
    """Anything but the first word is left to click."""
    environ = {"_RUNBOOK_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": place}
    answer = completion(environ)
    assert expected == answer[: len(expected)]
    assert bool(expected) == bool(answer)
