"""What commands there are, read from their files without importing one (nor click).

A command's name is its file's, its help is the first line of its docstring, and its place in `--help`
is the text after `SECTION = `. Importing all of them would take ten times as long as reading them.
"""

from __future__ import annotations

import os

FOLDER = os.path.join(os.path.dirname(__file__), "commands")
SECTIONS = ("In an incident", "While it runs", "Afterwards", "Before the next one")
_SECTION = "SECTION = "
_HEAD_BYTES = 2048


class Listed:
    """One command as `--help` shows it.

    No dataclass, and no name of `typing` in this file: importing either takes longer than the whole answer.
    """

    __slots__ = ("help", "name", "section")

    def __init__(self, name: str, said: str, section: str) -> None:
        self.name = name
        self.help = said
        self.section = section


def commands() -> tuple[Listed, ...]:
    """Return every command by name."""
    found = []
    for file in sorted(os.listdir(FOLDER)):
        if file.endswith(".py") and not file.startswith("_"):
            with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
                lines = text.read(_HEAD_BYTES).splitlines()
            said = [line.removeprefix(_SECTION).strip('"') for line in lines if line.startswith(_SECTION)]
            name = file.removesuffix(".py").replace("_", "-")
            found.append(Listed(name, lines[0].strip('"').rstrip("."), said[0] if said else SECTIONS[-1]))
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


def completion(environ: dict[str, str] | os._Environ[str]) -> str:
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
