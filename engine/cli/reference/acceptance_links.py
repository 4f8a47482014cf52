"""What a row of the acceptance may name, and where that is: every link is followed before it is written.

A link is a word for what it is and its name, such as `step agent-sdk-down#restart`. A step counts only where
some drill goes through it by its expected path: what nobody has tried serves nothing yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.cli.command_list import commands
from engine.kinds.discovery import family
from engine.kinds.findings import did_you_mean
from engine.kinds.values import Json
from engine.model.lint import rules

PROOFS: Final = frozenset(("drill", "test"))
MADE: Final = "runbooks/"
"""Pages below docs/ that `runbook docs` writes from the runbooks: they may be made after this one."""

_CATALOGUE: Final = {
    "action": "actions",
    "check": "checks",
    "credential": "credentials",
    "role": "roles",
    "service": "services",
    "severity": "severities",
    "threshold": "thresholds",
}
_TEST: Final = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
_USE: Final = re.compile(r"\buse: ([\w-]+)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


class BrokenLink(Exception):
    """A row names what is not there; the message says what, the hint what may have been meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to: the words to show, and where it is, as seen from docs/."""

    kind: str
    text: str
    href: str


@dataclass(frozen=True)
class Estate:
    """What there is to be linked to, read once: each part when something first asks for it."""

    library: Library
    _tests: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace) -> Estate:
        """Return the estate of a workspace."""
        return cls(Library(workspace))

    @property
    def root(self) -> Path:
        """Return the folder that all paths are relative to."""
        return self.library.workspace.root

    def follow(self, link: str) -> Target:
        """Return where a link leads; raises BrokenLink."""
        kind, _, name = link.partition(" ")
        if kind in _CATALOGUE:
            return self._catalogued(kind, name)
        ways = self._ways
        if kind not in ways or not name:
            raise BrokenLink(f"'{link}' names nothing", did_you_mean(kind, [*ways, *_CATALOGUE]))
        text, href = ways[kind](name)
        return Target(kind, text, href)

    @property
    def _ways(self) -> Mapping[str, Callable[[str], tuple[str, str]]]:
        return {
            "alert": self._alert,
            "command": self._command,
            "drill": self._drill,
            "file": self._file,
            "guard": self._guard,
            "kind": self._kind,
            "page": self._page,
            "policy": self._policy,
            "rule": self._rule,
            "runbook": self._runbook,
            "step": self._step,
            "test": self._test,
        }

    def _catalogued(self, kind: str, name: str) -> Target:
        there = self._catalogue.get(_CATALOGUE[kind], {})
        if name not in there:
            raise BrokenLink(f"there is no {kind} '{name}'", did_you_mean(name, there))
        if kind in ("action", "check") and name not in self._used:
            raise BrokenLink(f"no runbook uses the {kind} '{name}'", "name one that some runbook does")
        return Target(kind, name, f"../{there[name]}")

    def _alert(self, name: str) -> tuple[str, str]:
        if name not in self._alerts:
            raise BrokenLink(f"no runbook has the alert '{name}'", did_you_mean(name, self._alerts))
        return name, f"{self._alerts[name]}"

    def _command(self, name: str) -> tuple[str, str]:
        known = [one.name for one in commands()]
        if name not in known:
            raise BrokenLink(f"there is no command '{name}'", did_you_mean(name, known))
        return f"runbook {name}", f"reference/commands.md#{name}"

    def _drill(self, name: str) -> tuple[str, str]:
        if name not in self._drills:
            raise BrokenLink(f"there is no drill '{name}'", did_you_mean(name, self._drills))
        return name, f"../{self.library.workspace.shown(self._drills[name][0])}"

    def _file(self, name: str) -> tuple[str, str]:
        if not (self.root / name).is_file():
            raise BrokenLink(f"there is no file '{name}'")
        return name, f"../{name}"

    def _guard(self, name: str) -> tuple[str, str]:
        path = "runbooks/catalogue/guards.yaml"
        found = self.library.document(self.root / path).data.get("guards")
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
            if found is None:
                raise BrokenLink(f"the guards have no '{name}'")
        return name, f"../{path}"

    def _kind(self, name: str) -> tuple[str, str]:
        of, _, one = name.partition("/")
        if of not in ("checks", "actions", "steps") or one not in family(of):
            raise BrokenLink(f"there is no kind '{name}'")
        return one, f"reference/{of}.md#{one}"

    def _page(self, name: str) -> tuple[str, str]:
        path, _, heading = name.partition("#")
        if path.startswith(MADE):
            return path, name
        page = self.root / "docs" / path
        if not page.is_file():
            raise BrokenLink(f"there is no page '{path}'")
        if heading and heading not in headings(page.read_text(encoding="utf-8")):
            raise BrokenLink(f"the page '{path}' has no heading '{heading}'")
        return name, name

    def _policy(self, name: str) -> tuple[str, str]:
        path = "runbooks/catalogue/policy.yaml"
        said = self.library.document(self.root / path).data
        words = {"window"} if said.get("windows") else set()
        for rule in _mappings(said.get("policy")):
            for key in ("effects", "operations", "environments"):
                words |= set(_texts(rule.get(key)))
        if name not in words:
            raise BrokenLink(f"no rule of the policy is about '{name}'", did_you_mean(name, words))
        return name, f"../{path}"

    def _rule(self, name: str) -> tuple[str, str]:
        if name not in rules():
            raise BrokenLink(f"`check` has no rule '{name}'", did_you_mean(name, rules()))
        return name, "reference/lint-rules.md"

    def _runbook(self, name: str) -> tuple[str, str]:
        if name not in self._runbooks:
            raise BrokenLink(f"there is no runbook '{name}'", did_you_mean(name, self._runbooks))
        if name not in self._drilled:
            raise BrokenLink(f"no drill is of the runbook '{name}'")
        return name, self._runbooks[name][0]

    def _step(self, name: str) -> tuple[str, str]:
        runbook, _, step = name.partition("#")
        page = self._runbook(runbook)[1]
        steps = self._runbooks[runbook][1]
        if step not in steps:
            raise BrokenLink(f"'{runbook}' has no step '{step}'", did_you_mean(step, steps))
        if step not in self._drilled[runbook]:
            raise BrokenLink(
                f"no drill goes through '{step}' of '{runbook}'", "name one that some drill does"
            )
        return f"{runbook}: {step}", f"{page}#{step}"

    def _test(self, name: str) -> tuple[str, str]:
        path, _, function = name.partition("::")
        if path not in self._tests:
            file = self.root / path
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            self._tests[path] = frozenset(_TEST.findall(text))
        if function not in self._tests[path]:
            raise BrokenLink(f"there is no test '{name}'", did_you_mean(function, self._tests[path]))
        return function, f"../{path}"

    @cached_property
    def _drilled(self) -> Mapping[str, set[str]]:
        """Return by runbook the steps that some drill's expected path goes through."""
        found: dict[str, set[str]] = {}
        for _, data in self._drills.values():
            expect = data.get("expect")
            path = _texts(expect.get("path")) if isinstance(expect, dict) else []
            found.setdefault(str(data.get("runbook")), set()).update(path)
        return found

    @cached_property
    def _runbooks(self) -> Mapping[str, tuple[str, Mapping[str, Json]]]:
        """Return by id: the page as seen from docs/, and the steps."""
        found = {}
        for name, path in self.library.workspace.runbook_files().items():
            steps = self.library.document(path).data.get("steps")
            found[name] = (f"{MADE}{path.parent.name}/{name}.md", steps if isinstance(steps, dict) else {})
        return found

    @cached_property
    def _used(self) -> frozenset[str]:
        """Return what of the catalogue some runbook uses."""
        files = self.library.workspace.runbook_files().values()
        return frozenset(name for path in files for name in _USE.findall(path.read_text(encoding="utf-8")))

    @cached_property
    def _alerts(self) -> Mapping[str, str]:
        found = {}
        for name, path in self.library.workspace.runbook_files().items():
            for trigger in _mappings(self.library.document(path).data.get("triggers")):
                found[str(trigger.get("alert"))] = self._runbooks[name][0]
        return found

    @cached_property
    def _drills(self) -> Mapping[str, tuple[Path, Mapping[str, Json]]]:
        files = self.library.workspace.scenario_files()
        return {name: (path, self.library.document(path).data) for name, path in files.items()}

    @cached_property
    def _catalogue(self) -> Mapping[str, Mapping[str, str]]:
        """Return what the catalogue holds: by sort and name, the file it stands in."""
        found: dict[str, dict[str, str]] = {}
        for path in self.library.workspace.catalogue_files():
            for sort, entries in self.library.document(path).data.items():
                if isinstance(entries, dict):
                    shown = self.library.workspace.shown(path)
                    found.setdefault(sort, {}).update(dict.fromkeys(entries, shown))
        return found


def headings(page: str) -> frozenset[str]:
    """Return the anchors of a page's headings."""
    titles = _HEADING.findall(page)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


def _mappings(value: Json | None) -> Iterable[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Json | None) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
