"""What commands there are, read from their files without importing one (nor click).

A command's name is its file's, its help is the first line of its docstring, and its place in `--help`
is the text after `SECTION = `. Importing all of them would take ten times as long as reading them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

FOLDER = os.path.join(os.path.dirname(__file__), "commands")
SECTIONS = ("In an incident", "While it runs", "Afterwards", "Before the next one")
_HEAD = re.compile(
    r'\A"""(?P<help>[^\n]*?)\.?(?:"""|\n)(?:.*?^SECTION = "(?P<section>[^"\n]*)")?', re.DOTALL | re.MULTILINE
)
_HEAD_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Listed:
    """One command as `--help` shows it."""

    name: str
    help: str
    section: str


def commands() -> tuple[Listed, ...]:
    """Return every command by name."""
    found = []
    for file in sorted(os.listdir(FOLDER)):
        if file.endswith(".py") and not file.startswith("_"):
            with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
                head = _HEAD.match(text.read(_HEAD_BYTES))
            found.append(
                Listed(
                    file.removesuffix(".py").replace("_", "-"),
                    head["help"] if head else "",
                    (head["section"] if head else "") or SECTIONS[-1],
                )
            )
    return tuple(found)


def help_page() -> str:
    """Return the page of `runbook --help`."""
    known = commands()
    width = max(len(one.name) for one in known) + 2
    lines = [
        "Usage: runbook COMMAND [ARGUMENTS]",
        "",
        "Runbooks as code: run one, answer its questions, prove that it helped.",
        "Example: runbook run agent-sdk-down --env sandbox",
    ]
    sections = dict.fromkeys([*SECTIONS, *(one.section for one in known)])
    for section in sections:
        rows = [f"  {one.name:<{width}}{one.help}" for one in known if one.section == section]
        lines += ["", f"{section}:", *rows] if rows else []
    lines += ["", "`runbook COMMAND --help` says more; `runbook` alone says what to do now; --version.", ""]
    return "\n".join(lines)


def completion(environ: Mapping[str, str]) -> str:
    """Return the answer to TAB at the first word, or nothing where click must be asked.

    The variables and the forms of the answer are click's, whose scripts `runbook completion` prints.
    """
    shell, _, what = environ["_RUNBOOK_COMPLETE"].partition("_")
    if what != "complete":
        return ""
    words = environ.get("COMP_WORDS", "").split()
    if shell == "fish":
        place, start = len(words), environ.get("COMP_CWORD", "")
        if start and words and words[-1] == start:
            place -= 1
    else:
        place = int(environ.get("COMP_CWORD") or 0)
        start = words[place] if place < len(words) else ""
    if place != 1 or start.startswith("-"):
        return ""
    found = [one for one in commands() if one.name.startswith(start)]
    if shell == "zsh":
        return "".join(f"plain\n{one.name}\n{one.help.replace(':', ' -')}\n" for one in found)
    if shell == "fish":
        return "".join(f"plain,{one.name}\t{one.help}\n" for one in found)
    return "".join(f"plain,{one.name}\n" for one in found)
