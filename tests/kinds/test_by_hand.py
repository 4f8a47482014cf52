"""Commands by hand: what a shell makes of them is what we meant."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kinds.by_hand import inspector, quoted, word
from tests.patience import PATIENCE

BASH = shutil.which("bash")
ENVIRON = {"KEY": "s3cret $(x) `y`", "LC_ALL": "C.UTF-8"}
PARTS = st.sampled_from(
    [
        "${secrets.KEY}",
        "a",
        "é",
        " ",
        "'",
        '"',
        "\\",
        "$",
        "$KEY",
        "`x`",
        "!",
        "\n",
        "\t",
        "\x1b",
        "\x85",
        "[0]",
        ":h",
        "-n",
        "*",
        "#",
    ]
)


def shell(words: list[str]) -> list[str]:
    """Return the words as a shell reads them."""
    assert BASH is not None
    line = "printf '%s\\0' " + " ".join(words)
    done = subprocess.run([BASH, "-c", line], env=ENVIRON, capture_output=True, check=True, timeout=PATIENCE)
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.skipif(BASH is None, reason="needs bash, for which the lines are written")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=6).map("".join), min_size=1, max_size=20))
def test_a_shell_reads_back_what_was_quoted(texts: list[str]) -> None:
    """Literally, but for secrets, whose values the shell puts in and does not look at."""
    meant = [text.replace("${secrets.KEY}", ENVIRON["KEY"]) for text in texts]
    lines = [quoted(text) for text in texts]
    assert meant == shell(lines)
    assert meant == shell([word(text) for text in texts])
    assert [1] * len(texts) == [len(line.splitlines()) for line in lines]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "'plain'"),
        ("", "''"),
        ("it's", "'it'\\''s'"),
        ("Bearer ${secrets.TOKEN}", '"Bearer $TOKEN"'),
        ("${secrets.A}${secrets.B}x", '"$A${B}x"'),
        ("${secrets.A}[0]:${secrets.B}:h", '"${A}[0]:${B}:h"'),
        ("${secrets.A}!", "\"$A\"'!'"),
        ("${secrets.not-a-name}", "'${secrets.not-a-name}'"),
        ("${look.id}", "'${look.id}'"),
    ],
)
def test_a_text_is_quoted_in_the_plainest_way(text: str, line: str) -> None:
    """Double quotes only where a secret is to be put in."""
    assert line == quoted(text)


@pytest.mark.parametrize(
    ("text", "line"), [("a-b_c/d:e@f", "a-b_c/d:e@f"), ("-n", "'-n'"), ("a b", "'a b'"), ("", "''")]
)
def test_a_word_is_quoted_only_where_it_must_be(text: str, line: str) -> None:
    """What begins like an option is quoted for the reader's sake."""
    assert line == word(text)


def test_the_inspector_takes_the_servers_address_from_the_environment() -> None:
    """Its variable is named like the server; no arguments, no flags."""
    assert (
        'npx -y @modelcontextprotocol/inspector --cli "$MY_SERVER_2_MCP_URL" --transport http '
        "--method tools/call --tool-name list"
    ) == inspector("my-server.2", "list", {})
