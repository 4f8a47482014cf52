"""Pages as Markdown, written by the templates of a folder.

Rules:
1. Nothing reaches a page unescaped: what a template prints is a sentence of plain text
   (engine.render.prose) unless one of the filters below made Markdown of it.
2. Same page, same bytes; and the bytes are a fixed point of mdformat, so that no formatter makes a page look
   edited by hand.
3. `doc_hash` is taken over the exact bytes below the front matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engine.render.findings import visible
from engine.render.markdown_text import cell, code, fence, ready_cell, table
from engine.render.mermaid import mermaid
from engine.render.prose import link, prose, prose_line, sentence
from engine.views.docs_page import Page, RoleEntry
from engine.views.flowchart import flowchart
from engine.views.freshness import UNREVIEWED, body_hash

_PLAIN: Final = re.compile(r"[A-Za-z0-9][\w./@+ -]*(?<! )\Z", re.ASCII)
_OTHER_TYPE: Final = re.compile(
    r"(?:true|false|null|yes|no|on|off|y|n|[+-]?[\d_]*\.?[\d_]*(?:e[+-]?\d+)?)\Z", re.IGNORECASE
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
_BACKTICKS: Final = re.compile(r" *(`{3,})")


class Written(Markup):
    """Text that is Markdown already; whatever else a template prints is escaped."""

    __slots__ = ()


def render(page: Page, templates: Path) -> str:
    """Return the whole file of a runbook's page."""
    template = _environment(templates).get_template("runbook.md.j2")
    body = "\n" + _tidy(
        template.render(
            page=page,
            picture=fence(mermaid(flowchart(page)), "mermaid"),
            role_rows=[(role.level, role.role, _paged(page, role)) for role in page.roles],
            severity_rows=[(one.name, one.respond, one.cadence or "") for one in page.severities],
        )
    )
    practised = page.practice.exercised
    head = {
        **({"epoch": page.epoch} if page.epoch else {}),
        "doc": page.doc,
        "owner": page.owner or "nobody",
        "last_reviewed": page.reviewed.isoformat() if page.reviewed else "never",
        "doc_hash": body_hash(body),
        "expires": page.expires.isoformat() if page.expires else UNREVIEWED,
        "runbook": page.runbook,
        "last_exercised": practised.on.isoformat() if practised else "never",
        "generated_by": "runbook docs",
    }
    return f"---\n{_front_matter(head)}---\n{body}"


def document(template: str, doc: str, templates: Path, values: Mapping[str, object]) -> str:
    """Return the whole file of a page that is not one runbook's: with its hash, and without an expiry."""
    body = "\n" + _tidy(_environment(templates).get_template(template).render(values))
    head = {"doc": doc, "doc_hash": body_hash(body), "generated_by": "runbook docs"}
    return f"---\n{_front_matter(head)}---\n{body}"


def linked(label: str, address: str) -> Markup:
    """Return a link that a template or a cell takes as it is."""
    return Written(link(label, address))


def index(pages: Sequence[Page], templates: Path) -> str:
    """Return the index of pages in one folder: by symptom, service and alert, and how fresh they are."""
    ordered = sorted(pages, key=lambda page: page.runbook)
    template = _environment(templates).get_template("index.md.j2")
    return _tidy(
        template.render(
            pages=ordered,
            symptoms=grouped((symptom, page) for page in ordered for symptom in page.symptoms),
            services=grouped((page.service, page) for page in ordered if page.service),
            alerts=grouped((one.alert, page) for page in ordered for one in page.alerts),
            rows=[(page.runbook, page.reviewed or "never", page.expires or "") for page in ordered],
        )
    )


@cache
def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = lambda text: Written(code(text))
    environment.filters["fence"] = lambda text, info="": Written(fence(text, info))
    environment.filters["prose"] = lambda text: Written(prose(text))
    environment.filters["prose_line"] = lambda text: Written(prose_line(text))
    environment.filters["ready"] = Written
    environment.filters["link"] = lambda label, address: Written(link(label, address))
    environment.globals["table"] = _table
    return environment


def _finalized(value: object) -> Markup:
    """Escape everything that no filter made Markdown of; this is what makes rule 1 hold."""
    return value if isinstance(value, Markup) else Written(sentence(str(value)))


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    return Written(table([cell(name) for name in head], [[_cell(value) for value in row] for row in rows]))


def _cell(value: object) -> str:
    return ready_cell(str(value)) if isinstance(value, Markup) else cell(str(value))


def _paged(page: Page, role: RoleEntry) -> str:
    """Say when the ladder of this page's severity pages a role."""
    after = dict(role.paged).get(page.severity)
    if after is None:
        return "when asked"
    return str(after) if after else "at once"


def grouped(found: Iterable[tuple[str, Page]]) -> Mapping[str, list[Page]]:
    """Return pages by what leads to them, in the order of the alphabet."""
    groups: dict[str, list[Page]] = {}
    for name, page in found:
        pages = groups.setdefault(name, [])
        if page not in pages:
            pages.append(page)
    return dict(sorted(groups.items(), key=lambda group: (group[0].casefold(), group[0])))


def _front_matter(head: Mapping[str, str | date]) -> str:
    return "".join(f"{key}: {_scalar(str(value))}\n" for key, value in head.items())


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back: dates and plain words as they are, all else in quotes."""
    plain = visible(text)
    if _DATE.match(plain) or (_PLAIN.match(plain) and not _OTHER_TYPE.match(plain)):
        return plain
    return json.dumps(plain, ensure_ascii=False)


def _tidy(text: str) -> str:
    """Leave one blank line where a template left several, except in fences, and one line break at the end."""
    rows: list[str] = []
    closing = ""
    for row in text.splitlines():
        ticks = _BACKTICKS.match(row)
        if closing:
            closing = "" if row.strip() == closing else closing
        elif ticks:
            closing = ticks[1]
        elif not row.strip():
            if not rows or not rows[-1]:
                continue
            row = ""
        rows.append(row.rstrip() if not closing else row)
    return "\n".join(rows).strip("\n") + "\n"
