"""A flowchart as Mermaid source.

Every label is in quotes and every letter in it that Mermaid, Markdown or HTML could read is an entity
code, so that no title can break the picture or become markup in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.render.findings import visible
from engine.views.flowchart import Flowchart, FlowEdge, FlowNode

_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "check": ("[", "]"),
    "checks": ("[", "]"),
    "decide": ("{", "}"),
    "ask": ("{{", "}}"),
    "action": ("[/", "/]"),
    "undo": ("[\\", "\\]"),
    "wait": ("([", "])"),
    "escalate": (">", "]"),
    "notify": (">", "]"),
    "parallel": ("[/", "\\]"),
    "runbook": ("[[", "]]"),
    "end": ("(", ")"),
}
_READ: Final = '"<>&#`*_~[](){}|\\;%$'
_LONG: Final = 60
_LONG_LABEL: Final = 40


def mermaid(chart: Flowchart) -> str:
    """Return the source of a flowchart, from top to bottom; the last line has no line break."""
    return "\n".join(_lines(chart))


def _lines(chart: Flowchart) -> Iterator[str]:
    yield "flowchart TD"
    grouped = len(chart.groups) > 1
    for group in chart.groups:
        if grouped:
            yield f"  subgraph {group.id}[{_quoted(group.title)}]"
        for node in group.nodes:
            yield f"    {_node(node)}" if grouped else f"  {_node(node)}"
        if grouped:
            yield "  end"
    for node in chart.ends:
        yield f"  {_node(node)}"
    for edge in chart.edges:
        yield f"  {_edge(edge)}"


def _node(node: FlowNode) -> str:
    opening, closing = _SHAPES.get(node.kind, ("[", "]"))
    title = "" if node.title in ("", node.name) else f"<br/>{_escaped(_cut(node.title, _LONG))}"
    return f'{node.id}{opening}"{_escaped(node.name)}{title}"{closing}'


def _edge(edge: FlowEdge) -> str:
    arrow = "-.->" if edge.loose else "-->"
    labels = [_escaped(_cut(label, _LONG_LABEL)) for label in edge.labels[:3]]
    if len(edge.labels) > 3:
        labels.append(f"and {len(edge.labels) - 3} more")
    separator = "<br/>" if any(" " in label for label in edge.labels) else ", "
    label = f'|"{separator.join(labels)}"|' if labels else ""
    return f"{edge.source} {arrow}{label} {edge.target}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _cut(text: str, limit: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def _escaped(text: str) -> str:
    return "".join(f"#{ord(letter)};" if letter in _READ else letter for letter in visible(text))
