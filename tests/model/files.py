"""Files for the tests of the model: read from text, with a mark where a finding is expected."""

from __future__ import annotations

from textwrap import dedent, indent

from engine.kinds.findings import Located
from engine.model.loading import Loaded, LoadedCatalogue, load_catalogue, load_runbook
from engine.model.runbook import Runbook
from engine.model.source import Document, read

MARK = "▶"
"""Stands before the character at which a finding is expected; it is taken out before reading."""

CATALOGUE = """
environments: {production: {}, sandbox: {drills: true, real: false}}
services: {shop: {title: Shop, environments: {production: {url: "https://shop.example.com"}}}}
severities: {SEV-1: {meaning: down, respond: 5m, aliases: [P0]}, SEV-2: {meaning: bad, respond: 15m}}
roles: {engineer: {title: Engineer}, support: {title: Support}, reliability: {title: Reliability}}
channels: {status: {type: webhook, url: STATUS_URL}}
thresholds: {slow: {value: 2s, source: the team}}
checks:
  answers: {http: "${service.url}/health", facts: {version: json.version}, timeout: 25s}
  machines:
    params: {app: null, code: 200, wait: 5s}
    http: "https://api.example.com/${with.app}"
    expect: {status: "${with.code}"}
    facts: {ids: json.ids, oom: json.oom}
    timeout: "${with.wait}"
actions:
  restart:
    params: {app: null}
    http: "https://api.example.com/${with.app}/restart"
    method: POST
    headers: {authorization: "Bearer ${secrets.API_TOKEN}"}
    operation: restart-machine
    reconcile: {use: machines, with: {app: "${with.app}"}}
    irreversible: a restart
"""


def document(text: str, file: str = "file.yaml") -> Document:
    """Return a text, without its marks, as a document; it must be readable."""
    found = read(dedent(text).replace(MARK, "").lstrip("\n").encode(), file)
    assert isinstance(found, Document), found
    return found


def marked(text: str) -> tuple[tuple[int, int], ...]:
    """Return line and column of every mark."""
    places = []
    for number, line in enumerate(dedent(text).lstrip("\n").splitlines(), 1):
        while MARK in line:
            places.append((number, line.index(MARK) + 1))
            line = line.replace(MARK, "", 1)
    return tuple(places)


def places(findings: tuple[Located, ...]) -> tuple[tuple[int, int], ...]:
    """Return line and column of every finding."""
    return tuple((one.line, one.column) for one in findings)


def catalogue(text: str = CATALOGUE) -> LoadedCatalogue:
    """Return a catalogue that loads."""
    return load_catalogue([document(text, "catalogue.yaml")]).require()


def loaded(text: str) -> Loaded[Runbook]:
    """Return what comes of loading a runbook beside the catalogue above."""
    return load_runbook(document(text), catalogue())


def runbook(text: str) -> Runbook:
    """Return a runbook that loads."""
    return loaded(text).require()


def steps(text: str) -> Runbook:
    """Return a runbook of these steps."""
    return runbook("runbook: sample\ntitle: Sample\nsteps:\n" + indent(dedent(text).strip("\n"), "  ") + "\n")
