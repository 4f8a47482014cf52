"""What a person needs to choose a runbook: the head of each file, read without validating the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.app.workspace import Workspace
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class Heading:
    """One runbook as a list shows it; `broken` where its file cannot be read."""

    runbook: str
    file: str
    title: str = ""
    service: str = ""
    severity: str = ""
    kind: str = "incident"
    symptoms: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    meaning: str = ""
    runs: str = ""
    """Of a scenario: its runbook."""
    broken: bool = False

    def plain(self) -> Mapping[str, Json]:
        """Return it as plain data."""
        return {
            "id": self.runbook,
            "file": self.file,
            "title": self.title,
            "service": self.service,
            "severity": self.severity,
            "kind": self.kind,
            "symptoms": list(self.symptoms),
            "alerts": list(self.alerts),
            "runbook": self.runs or self.runbook,
            "broken": self.broken,
        }

    def matches(self, text: str) -> bool:
        """Say whether every word of a text stands somewhere in the head."""
        every = [self.runbook, self.title, self.service, self.meaning, *self.symptoms, *self.alerts]
        known = " ".join(every).casefold()
        return all(word in known for word in text.casefold().split())


def headings(workspace: Workspace) -> tuple[Heading, ...]:
    """Return the heads of all runbooks by id; a broken file is listed as one."""
    return tuple(_heading(workspace, name, path) for name, path in sorted(workspace.runbook_files().items()))


def scenario_headings(workspace: Workspace) -> tuple[Heading, ...]:
    """Return the heads of all scenarios by name."""
    return tuple(_heading(workspace, name, path) for name, path in sorted(workspace.scenario_files().items()))


def _heading(workspace: Workspace, name: str, path: Path) -> Heading:
    from engine.model.source import Document, read

    file = workspace.shown(path)
    try:
        document = read(path.read_bytes(), file)
    except OSError:
        return Heading(name, file, broken=True)
    if not isinstance(document, Document) or not isinstance(document.data, Mapping):
        return Heading(name, file, broken=True)
    data: Mapping[str, Json] = document.data
    triggers = data.get("triggers")
    found = (
        [one.get("alert") for one in triggers if isinstance(one, Mapping)]
        if isinstance(triggers, list | tuple)
        else []
    )
    symptoms = data.get("symptoms")
    alert = data.get("alert")
    found += [alert.get("name")] if isinstance(alert, Mapping) else []
    return Heading(
        runbook=name,
        file=file,
        title=_text(data.get("title")),
        service=_text(data.get("service")),
        severity=_text(data.get("severity")),
        kind=_text(data.get("kind")) or "incident",
        symptoms=tuple(_text(one) for one in symptoms) if isinstance(symptoms, list | tuple) else (),
        alerts=tuple(_text(one) for one in found),
        meaning=_text(data.get("meaning")),
        runs=_text(data.get("runbook")) if "scenario" in data else "",
    )


def _text(value: Json) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
