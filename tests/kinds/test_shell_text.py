"""A command by hand with data in it: whoever pastes it runs the author's words and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from engine.kinds.references import ABSENT, Unresolved
from engine.kinds.shell_text import resolve_use, shell_line
from tests.patience import PATIENCE

VALUES = [
    "plain-1", "two words", "it's", 'say "x"', "$(touch pwned)", "`touch pwned`", "; touch pwned #", "a\nb", "$HOME",
    "'; touch pwned; '", '"; touch pwned; "', "\\", "a\\", "!!", "*", "~", "-rf", "", "{a,b}", "&& touch pwned", "é\t",
]  # fmt: skip
LINES = [
    "printf %s {}",
    "printf %s '{}'",
    'printf %s "{}"',
    "printf %s $'{}'",
    "printf %s a{}b",
    "printf %s 'a{}'b",
    "printf '%s' \"it's {}\"",
    "printf %s \\'{}",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("value", VALUES)
def test_data_is_one_word_whatever_quotes_stand_around_it(line: str, value: str, tmp_path: Path) -> None:
    """Run by a real shell: what is printed is what was found, and nothing else happens."""
    around = {"a{}b": ("a", "b"), "'a{}'b": ("a", "b"), '"it\'s {}"': ("it's ", ""), "\\'{}": ("'", "")}
    before, after = next((both for part, both in around.items() if line.endswith(part)), ("", ""))
    filled = shell_line(line.format("${look.x}"), lambda name: value)
    done = subprocess.run(["bash", "-c", filled], capture_output=True, cwd=tmp_path, timeout=PATIENCE)
    assert (f"{before}{value}{after}".encode(), b"") == (done.stdout, done.stderr)
    assert [] == list(tmp_path.iterdir())
    assert 1 == len(filled.splitlines())


def test_secrets_and_escapes_stay_and_what_is_missing_is_told() -> None:
    """A secret is a name until the shell reads its variable."""
    line = 'curl -H "Bearer ${secrets.T}" x/${look.id} $${not}'
    assert 'curl -H "Bearer ${secrets.T}" x/7 ${not}' == shell_line(line, lambda name: 7)
    with pytest.raises(Unresolved, match=r"no value for look\.id"):
        shell_line(line, lambda name: ABSENT)


def test_only_commands_by_hand_are_written_for_a_shell() -> None:
    """Also those of an undo; all else takes the value as it is."""
    written = {"title": "'${a}'", "by_hand": "x '${a}'", "undo": {"by_hand": "y ${a}", "z": "${a}"}}
    assert {
        "title": "'it's'",
        "by_hand": "x '''it'\\''s'''",
        "undo": {"by_hand": "y 'it'\\''s'", "z": "it's"},
    } == resolve_use(written, lambda name: "it's")
