"""Pictures of pages as text; whether Mermaid reads them is tests/render/test_mermaid_real.py."""

from __future__ import annotations

import re

from engine.render.mermaid import mermaid
from engine.views.flowchart import Flowchart, FlowEdge, FlowGroup, flowchart
from engine.views.flowchart import FlowNode as Box
from engine.views.outline import outline
from tests.views.documented import catalogue, large, library, small


def test_a_small_runbook_is_this_picture() -> None:
    """Shapes by kind, phases as groups, outcomes on the arrows, ends rounded."""
    assert [
        "flowchart TD",
        '  subgraph phase_diagnose["Diagnosis"]',
        '    s_health["health<br/>Does it answer?"]',
        "  end",
        '  subgraph phase_mitigate["Mitigation"]',
        '    s_restart[/"restart<br/>Restart it"/]',
        "  end",
        '  subgraph phase_verify["Verification"]',
        '    s_held(["held<br/>Five good answers in a row"])',
        "  end",
        '  subgraph phase_close["Escalation"]',
        '    s_otherwise>"otherwise<br/>Hand over to the reliability"]',
        '    s_otherwise_2>"otherwise-2<br/>Hand over to the engineer"]',
        "  end",
        '  end_resolved("resolved")',
        '  end_escalated("escalated")',
        '  end_false_alarm("false-alarm")',
        '  s_health -->|"pass"| end_false_alarm',
        '  s_health -->|"fail, unknown"| s_restart',
        '  s_restart -->|"done"| s_held',
        '  s_restart -->|"failed"| s_otherwise',
        '  s_held -->|"held"| end_resolved',
        '  s_held -->|"limit"| s_otherwise',
        '  s_otherwise -->|"acknowledged"| end_escalated',
        '  s_otherwise -->|"unanswered, undelivered"| s_otherwise_2',
        '  s_otherwise_2 -->|"acknowledged, unanswered, undelivered"| end_escalated',
    ] == mermaid(flowchart(outline(small(), library, catalogue()))).split("\n")


def test_branches_hang_on_loose_arrows_and_another_runbook_is_a_subroutine() -> None:
    """No arrow crosses the border of a branch but the one that opens it."""
    text = mermaid(flowchart(outline(large(), library, catalogue())))
    assert '  s_both -.->|"inside"| s_both_inside_probe' in text.split("\n")
    assert '    s_database[["database"]]' in text.split("\n")
    assert not re.search(r"^  s_both_inside_probe --", text, re.MULTILINE)


def test_no_label_holds_a_letter_that_anybody_reads_as_more_than_text() -> None:
    """Every such letter is an entity code; hidden ones are written as escapes."""
    node = Box("s_a", "check", "a", 'x"] --> y; <b>`*_\u202e&#35;')
    chart = Flowchart(
        (FlowGroup("phase_diagnose", "Diagnosis", (node,)),), (), (FlowEdge("s_a", "s_a", ('"|',)),)
    )
    lines = mermaid(chart).split("\n")
    label = lines[1].removeprefix('  s_a["a<br/>').removesuffix('"]')
    assert "x#34;#93; --#62; y#59; #60;b#62;#96;#42;#95;#92;u202e#38;#35;35#59;" == label
    assert '  s_a -->|"#34;#124;"| s_a' == lines[2]


def test_names_that_differ_only_in_a_dash_are_two_nodes() -> None:
    """Ids of nodes are unique."""
    runbook = small()
    steps = {
        name.replace("health", "a-b").replace("held", "a_b"): node for name, node in runbook.steps.items()
    }
    steps["restart"] = type(steps["restart"])(
        step=steps["restart"].step, phase="mitigate", then={"done": "a_b"}
    )
    text = mermaid(flowchart(outline(small(steps=steps), library, catalogue())))
    assert 's_a_b["a-b' in text
    assert 's_a_b_2(["a#95;b' in text
