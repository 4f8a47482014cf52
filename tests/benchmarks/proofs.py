"""How fast a runbook of 1,000 steps is proved: `python -m tests.benchmarks.proofs` prints a table.

The floor is what every proof needs at least once: the graph is read into networkx and its components are found,
in the same run on the same machine. The goal is two seconds for all proofs together.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter

from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.nodes import Node
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Duration
from engine.model.assertion import Always, Assertion, Before, Never
from engine.model.catalogue import Catalogue
from engine.model.graph import graph_of
from engine.model.proof.asserting import prove
from engine.model.proof.bounds import bounds_of
from engine.model.runbook import Runbook

STEPS = 1000
TRIES = 3
GOAL = 2.0
SHAPES = {"a long way, loops back of ten steps": 10, "one loop of everything": STEPS}


def drawn(back: int) -> Runbook:
    """Return a runbook whose outcomes lead on, or as far back as said."""
    chance = random.Random(7)
    nodes: dict[str, Node] = {}
    for number in range(STEPS):
        onward = f"s{number + 1}" if number + 1 < STEPS else "resolved"
        step = _step(number)
        then = dict.fromkeys(step.outcomes(), onward)
        for outcome in step.bad:
            then[outcome] = f"s{max(0, number - chance.randrange(back))}"
        then["limit"] = "escalated"
        nodes[f"s{number}"] = Node(step=step, then=then, visits=chance.choice([1, 2, 5]))
    half = f"s{STEPS // 2}"
    asserts = (
        Assertion(before=Before(change="any", comes="s0")),
        Assertion(before=Before(end="resolved", comes=half)),
        Assertion(before=Before(step=half, comes=f"s{STEPS // 2 + 1}")),
        Assertion(never=Never(step="s0", after=half)),
        Assertion(never=Never(change="scale")),
        Assertion(always=Always(step=half, on="resolved")),
        Assertion(always=Always(step=half, on="escalated")),
        Assertion(always=Always(step="s10.pass", after="s1")),
    )
    return Runbook(runbook="large", title="Large", steps=nodes, otherwise="escalated", asserts=asserts)


def _step(number: int) -> Step:
    look = CheckUse(kind=TcpCheck(tcp="db:1"))
    change = ActionUse(
        kind=HttpAction(http="http://x/do"),
        operation="restart-machine",
        reconcile=look,
        undo=Undo(kind=HttpAction(http="http://x/undo"), verify=look),
    )
    kinds: tuple[Step, ...] = (
        CheckStep(check=look),
        ActionStep(action=change),
        WaitStep(until={"check": look}, limit=Duration(600.0)),
        AskStep(ask="What now?", options={"yes": "Yes"}),
    )
    return kinds[number % len(kinds)]


def best(work: Callable[[], object]) -> float:
    """Return the best of a few tries, in seconds."""
    took = []
    for _ in range(TRIES):
        started = perf_counter()
        work()
        took.append(perf_counter() - started)
    return min(took)


def main() -> None:
    """Measure and print."""
    for title, back in SHAPES.items():
        runbook = drawn(back)
        graph = graph_of(runbook)
        floor = best(graph.cyclic)
        bounds = best(lambda: bounds_of(runbook, lambda name: None, Catalogue()))
        asserted = best(lambda: prove(runbook, graph, lambda name: None))
        found = prove(runbook, graph, lambda name: None)
        whole = bounds + asserted
        print(f"{STEPS} steps, {title}:")
        print(f"  floor (components)  {floor * 1000:8.1f} ms")
        print(f"  upper bounds        {bounds * 1000:8.1f} ms  {bounds / floor:6.1f} x floor")
        print(
            f"  {len(found)} assertions        {asserted * 1000:8.1f} ms  {asserted / floor:6.1f} x floor"
            f"  ({sum(one.holds for one in found)} proved)"
        )
        print(f"  all proofs          {whole * 1000:8.1f} ms  goal {GOAL * 1000:.0f} ms")


if __name__ == "__main__":
    main()
