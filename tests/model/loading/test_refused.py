"""Files that are refused: each with its one finding, where it points and what it says."""

from __future__ import annotations

import pytest

from engine.model.loading import load_runbook
from tests.model.files import document, loaded, marked, places

HEAD = "runbook: sample\ntitle: Sample\n"
END = "  end: {check: {tcp: 'db:1'}, then: false-alarm}\n"

HEADS = [
    ("runbook: sample\n▶titel: Sample\n", "unknown-key", "did you mean 'title'?"),
    ("runbook: ▶Bad_Id!\ntitle: Sample\n", "bad-name", "'Bad_Id!' is no name for a runbook"),
    (HEAD + "service: ▶shp\n", "unknown-service", "did you mean 'shop'?"),
    (HEAD + "owner: ▶enginer\n", "unknown-role", "did you mean 'engineer'?"),
    (HEAD + "severity: ▶SEV-11\n", "unknown-severity", "did you mean 'SEV-1'?"),
    (HEAD + "reviewed: ▶13.10.2025\n", "wrong-value", "write it like 2025-10-13"),
    (HEAD + "budgets: {diagnose: ▶5}\n", "wrong-value", "a duration needs a unit"),
    (HEAD + "budgets: {▶diagnos: 5m}\n", "unknown-key", "did you mean 'diagnose'?"),
    (HEAD + "triggers: [▶{expr: up}]\n", "missing-key", "'alert' is missing"),
    (HEAD + "triggers: ▶{alert: Down}\n", "wrong-type", "expected a list, found a mapping"),
    (HEAD + "symptoms: [slow, ▶5]\n", "wrong-value", "expected a text, found the number 5"),
    (HEAD + "symptoms: ▶slow\n", "wrong-value", "expected a list, found 'slow'"),
    (HEAD + "inputs: {app: {pattern: ▶'['}}\n", "wrong-value", "no regular expression"),
    (HEAD + "inputs: {app: {required: ▶'yes'}}\n", "wrong-value", "expected true or false, found 'yes'"),
    (HEAD + "otherwise: ▶ende\n", "unknown-target", "did you mean 'end'?"),
    (HEAD + "start: ▶resolved\n", "unknown-target", "there is no step 'resolved'"),
    (HEAD + "environments: [▶prod]\n", "unknown-environment", "known: production, sandbox"),
    (HEAD + "kind: ▶incidents\n", "wrong-value", "did you mean 'incident'?"),
    (HEAD + "outputs: {answer: ▶'${ende.status}'}\n", "unknown-reference", "did you mean 'end'?"),
]

STEPS = [
    ("▶a: {title: Nothing to do}", "no-kind", "add one of: action, ask, check"),
    ("▶a: {chek: {tcp: 'db:1'}, then: end}", "no-kind", "did you mean 'check'?"),
    ("a: ▶[1, 2]", "wrong-type", "found a list"),
    ("a: {check: {tcp: 'db:1'}, ▶notify: support, then: end}", "two-kinds", "check and notify"),
    ("a: {check: {tcp: 'db:1'}, ▶visit: 3, then: end}", "unknown-key", "did you mean 'visits'?"),
    ("a: {check: {tcp: 'db:1'}, visits: ▶0, then: end}", "wrong-value", "at least 1 visit"),
    ("a: {check: {tcp: 'db:1'}, phase: ▶diagnosis, then: end}", "wrong-value", "did you mean 'diagnose'?"),
    ("a: {check: {tcp: 'db:1'}, ▶expect: {seconds: 1}, then: end}", "unknown-key", "put it inside 'check'"),
    ("a: {check: {tcp: 'db:1', ▶visits: 3}, then: end}", "unknown-key", "one level out"),
    ("▶Look: {check: {tcp: 'db:1'}, then: end}", "bad-name", "small letters"),
    ("▶inputs: {check: {tcp: 'db:1'}, then: end}", "reserved-name", "cannot be named 'inputs'"),
    ("▶resolved: {check: {tcp: 'db:1'}, then: end}", "reserved-name", "cannot be named 'resolved'"),
    # looks without time between them
    (
        "a: {wait: {until: {tcp: 'db:1'}, ▶soak: {passes: 3, every: 0s}}, then: end}",
        "wrong-value",
        "such as 10s",
    ),
    ("a: {wait: {until: {tcp: 'db:1'}, ▶soak: {passes: 0}}, then: end}", "wrong-value", "give 1 or more"),
    (
        "a: {▶wait: {until: {tcp: 'db:1'}, soak: {every: 1ms}, limit: 30m}, then: end}",
        "wrong-value",
        "give a longer 'every'",
    ),
    (
        "▶a: {action: {http: 'http://db/x', method: POST, irreversible: 'it is'}, watch_every: 0s, then: end}",
        "wrong-value",
        "such as 30s",
    ),
    # targets and outcomes
    ("a: {check: {tcp: 'db:1'}, then: ▶ende}", "unknown-target", "did you mean 'end'?"),
    ("a: {check: {tcp: 'db:1'}, then: ▶resolvd}", "unknown-target", "did you mean 'resolved'?"),
    ("a: {check: {tcp: 'db:1'}, then: {any: end, fail: ▶x}}", "unknown-target", "or an end: resolved"),
    ("a: {check: {tcp: 'db:1'}, then: {pass: end, ▶fial: end}}", "unknown-outcome", "did you mean 'fail'?"),
    (
        "a: {check: {tcp: 'db:1'}, ▶then: {fail: end}}",
        "missing-outcome",
        "the good outcome 'pass' leads nowhere",
    ),
    ("▶a: {check: {tcp: 'db:1'}}", "missing-outcome", "add 'then: STEP'"),
    (
        "a: {ask: Well?, options: {y: Y, n: N}, ▶then: {y: end}}",
        "missing-outcome",
        "the option 'n' leads nowhere",
    ),
    ("a: {check: {tcp: 'db:1'}, then: ▶[end]}", "wrong-type", "found a list"),
    # checks
    ("a: {▶check: {title: Database}, then: end}", "no-kind", "this check names no kind"),
    ("a: {▶check: {htp: 'https://x'}, then: end}", "no-kind", "did you mean 'http'?"),
    ("a: {check: {http: 'https://x', ▶tcp: 'db:1'}, then: end}", "two-kinds", "http and tcp"),
    ("a: {check: {http: ▶5}, then: end}", "wrong-value", 'put it in quotes: "5"'),
    ("a: {check: {▶tcp: nowhere}, then: end}", "wrong-value", "write db1:5432"),
    ("a: {check: {http: 'https://x', ▶methd: GET}, then: end}", "unknown-key", "did you mean 'method'?"),
    (
        "a: {check: {http: 'https://x', expect: {status: ▶{lt: 5, foo: 1}}}, then: end}",
        "wrong-value",
        "'foo' is no operator",
    ),
    (
        "a: {check: {http: 'https://x', facts: {v: ▶{form: json}}}, then: end}",
        "wrong-value",
        "a fact is a path",
    ),
    ("a: {check: {tcp: 'db:1', timeout: ▶10}, then: end}", "wrong-value", "a duration needs a unit"),
    ("a: {check: {tcp: 'db:1', retry: {times: ▶3}}, then: end}", "too-many-retries", "give 0 to 2"),
    ("a: {check: {tcp: 'db:1', no_answer: ▶pass}, then: end}", "wrong-value", "none of fail, unknown"),
    ("a: {check: ▶none, then: end}", "wrong-type", "found 'none'"),
    (
        "a: {checks: {db: {tcp: 'db:1', after: ▶wb}, web: {tcp: 'web:1'}}, then: end}",
        "unknown-check",
        "did you mean 'web'?",
    ),
    ("a: {checks: {▶a.b: {tcp: 'db:1'}}, then: end}", "bad-name", "no name for a check"),
    ("a: {▶checks: {}, then: end}", "no-checks", "there are no checks"),
    # use
    ("a: {check: {use: ▶answer}, then: end}", "unknown-check", "did you mean 'answers'?"),
    ("a: {check: {use: ▶restart}, then: end}", "unknown-check", "'restart' is one of its actions"),
    ("a: {check: {use: ▶7}, then: end}", "wrong-value", "expected a name, found the number 7"),
    (
        "a: {check: {use: answers, ▶method: GET}, then: end}",
        "unknown-key",
        "a check with 'use' has no 'method'",
    ),
    ("a: {check: {use: machines, with: {▶ap: x}}, then: end}", "unknown-parameter", "did you mean 'app'?"),
    ("a: {check: {use: machines, ▶with: {}}, then: end}", "missing-parameter", "'machines' needs 'app'"),
    ("a: {check: {▶use: machines}, then: end}", "missing-parameter", "add 'with: {app: …}'"),
    (
        "a: {check: {▶use: machines, with: {app: x, wait: 5}}, then: end}",
        "wrong-value",
        "a duration needs a unit",
    ),
    ("a: {check: {▶use: answers}, then: end}", "unknown-reference", "this runbook names no service"),
    (
        "a: {check: {use: machines, with: {app: ▶'${b.id}'}}, then: end}",
        "unknown-reference",
        "there is no step 'b'",
    ),
    # actions
    ("a: {action: {use: ▶restrt, with: {app: x}}, then: end}", "unknown-action", "did you mean 'restart'?"),
    (
        "a: {action: {use: restart, with: {app: x}, effect: ▶chnge}, then: end}",
        "wrong-value",
        "did you mean 'change'?",
    ),
    ("a: {action: {use: restart, with: {app: x}, ▶for_each: [1]}, then: end}", "unknown-key", "an action"),
    (
        "a: {action: {http: 'https://x', ▶undo: {htp: 'https://x'}}, then: end}",
        "no-kind",
        "did you mean 'http'?",
    ),
    (
        "a: {action: {use: restart, with: {app: x}, reconcile: {use: ▶machine}}, then: end}",
        "unknown-check",
        "'machines'",
    ),
    # the other kinds
    ("a: {wait: ▶60, then: end}", "wrong-value", "a duration needs a unit"),
    ("a: {▶wait: {limit: 5m}, then: end}", "missing-key", "this wait has no 'until'"),
    ("a: {wait: {until: {tcp: 'db:1'}}, ▶recovery: true, then: end}", "unknown-key", "put it inside 'wait'"),
    ("a: {wait: {until: {tcp: 'db:1'}, soak: {▶lasting: 5m}}, then: end}", "unknown-key", "'lasting'"),
    ("a: {wait: {until: {one: {use: ▶nothing}}}, then: end}", "unknown-check", "no check 'nothing'"),
    ("a: {decide: [{if: {end.seconds: 1}, go: ▶ende}], else: end}", "unknown-target", "did you mean 'end'?"),
    (
        "a: {decide: [{if: {▶ende.status: 1}, go: end}], else: end}",
        "unknown-reference",
        "did you mean 'end'?",
    ),
    ("a: {decide: [{if: {end: pass}, go: end, raise: ▶SEV-3}], else: end}", "unknown-severity", "SEV-"),
    ("a: {decide: [▶{go: end}], else: end}", "no-condition", "this row has no condition"),
    ("a: {decide: [{if: {end: pass}, go: end}], else: ▶no}", "unknown-target", "there is no step 'no'"),
    ("▶a: {decide: [{if: {end: pass}, go: end}]}", "missing-key", "'else' is missing"),
    (
        "a: {decide: [{if: {end: pass}, go: end}], else: end, ▶then: end}",
        "unknown-outcome",
        "take 'then' out",
    ),
    ("a: {ask: Well?, options: {y: Y}, default: ▶n, then: end}", "unknown-option", "known: y"),
    ("a: {ask: Well?, options: {▶timeout: Y}, then: {timeout: end}}", "reserved-name", "'timeout'"),
    (
        "a: {ask: Well?, options: {y: Y}, role: ▶enginer, then: end}",
        "unknown-role",
        "did you mean 'engineer'?",
    ),
    ("a: {escalate: ▶enginer, decision: Well?, then: end}", "unknown-role", "did you mean 'engineer'?"),
    ("a: {notify: ▶statuss, text: Down, then: end}", "unknown-role", "did you mean 'status'?"),
    ("a: {undo: [▶b], then: end}", "unknown-target", "there is no action step 'b'"),
    ("a: {undo: ▶end, then: end}", "unknown-target", "there is no action step 'end'"),
    (
        "a: {parallel: {p: {steps: {x: {check: {tcp: 'db:1'}, then: ▶end}}}}, then: end}",
        "unknown-target",
        "pass, fail, unknown",
    ),
    ("a: {parallel: {▶p: {}}, then: end}", "missing-key", "'steps' is missing"),
    (
        "a: {parallel: {p: {steps: {x: {check: {tcp: 'db:1'}, then: pass}}}}, until: ▶al, then: end}",
        "wrong-value",
        "'all'",
    ),
    ("a: {▶parallel: {}, then: end}", "no-steps", "there are no branches"),
    # references
    ("a: {check: {http: ▶'${inputs.app}'}, then: end}", "unknown-reference", "'inputs' has no 'app'"),
    ("a: {check: {http: ▶'https://${ende.host}/'}, then: end}", "unknown-reference", "did you mean 'end'?"),
    ("a: {check: {http: ▶'${each}'}, then: end}", "unknown-reference", "only in an action with for_each"),
    ("a: {check: {http: ▶'${with.app}'}, then: end}", "unknown-reference", "inside the catalogue"),
    ("a: {check: {http: ▶'${services.shp.url}'}, then: end}", "unknown-reference", "did you mean 'shop'?"),
    ("a: {check: {http: ▶'${thresholds.slwo}'}, then: end}", "unknown-reference", "did you mean 'slow'?"),
    ("a: {check: {http: ▶'${a b}'}, then: end}", "bad-reference", "is no reference"),
    ("a: {check: {http: ▶'${secrets.token}'}, then: end}", "bad-reference", "in capitals"),
    (
        "a: {check: {tcp: 'db:1', title: ▶'${secrets.TOKEN}'}, then: end}",
        "secret-misplaced",
        "fields of the kind",
    ),
    ("a: {check: {tcp: 'db:1'}, why: ▶'${nobody.x}', then: end}", "unknown-reference", "'nobody'"),
]


AROUND = """runbook: sample
service: shop
title: Sample
steps:
  look: {checks: {queue: {http: 'https://x', facts: {waiting: json.jobs}}, db: {tcp: 'db:1'}}, then: {any: a}}
  one: {check: {use: answers, look: {question: Up?, facts: {colour: Which?}}}, then: a}
  well: {ask: 'Well?', options: {y: Y}, then: a}
  soak: {wait: {until: {use: answers}}, then: a}
  change: {action: {http: 'https://x', method: POST, irreversible: 'no'}, then: a}
  branches:
    parallel:
      p: {steps: {x: {checks: {inner: {tcp: 'db:1'}}, then: pass}, y: {decide: [{if: {BRANCH: pass}, go: pass}], else: fail}}}
    then: a
  a: {decide: [{if: {PATH: 1}, go: end}], else: end}
  end: {check: {http: 'https://x/REFERENCE', timeout: 5s}, then: false-alarm}
"""


def around(**paths: str) -> str:
    """Return a runbook that holds these paths and is else without fault."""
    text = AROUND
    for place, sound in {"PATH": "one", "REFERENCE": "", "BRANCH": "x.inner"}.items():
        text = text.replace(place, paths.get(place, sound))
    return text


PATHS = [
    ("look.queu.waiting", "'look' has no 'queu'; did you mean 'queue'?"),
    ("look.queue.wating", "'look.queue' has no 'wating'; did you mean 'waiting'?"),
    ("look.db.status", "'look.db' has no 'status'; known: seconds, answer"),
    ("one.versoin", "'one' has no 'versoin'; did you mean 'version'?"),
    ("one.outcome.x", "'one.outcome' has no 'x'; known: none"),
    ("well.anwser", "'well' has no 'anwser'; did you mean 'answer'?"),
    ("soak.held", "'soak' has no 'held'"),
    ("a.target", "'a' has no 'target'; known: outcome"),
    ("branches.p", "'branches' has no 'p'; known: outcome"),
]


@pytest.mark.parametrize(("path", "said"), PATHS)
def test_a_fact_no_step_has_is_found_in_conditions_and_references(path: str, said: str) -> None:
    """A condition on what is never there would never hold, and nobody would know why."""
    for text in (
        around(PATH=f"▶{path}"),
        around(REFERENCE=f"${{{path}}}").replace("'https://x/$", "▶'https://x/$"),
    ):
        result = loaded(text)
        found = [f"{one.finding.rule}: {one.finding.message}; {one.finding.fix}" for one in result.findings]
        assert 1 == len(found), found
        assert found[0].startswith("unknown-fact: ")
        assert said in found[0]
        assert marked(text) == places(result.findings)


KNOWN = [
    "one.json.any.thing",
    "one.headers.etag",
    "one.colour",
    "one.version.major",
    "one.outcome",
    "well.answer",
]
KNOWN += [
    "look.queue",
    "look.queue.answer",
    "look.queue.waiting.0",
    "soak.check.status",
    "change.json.id",
    "run.since",
]


@pytest.mark.parametrize("path", KNOWN)
def test_a_fact_that_may_be_there_is_not_found(path: str) -> None:
    """Below what the world says, anything may lie."""
    assert () == loaded(around(PATH=path, REFERENCE=f"${{{path}}}")).findings


def test_a_branch_knows_its_own_steps_and_those_around_it() -> None:
    """The innermost step of a name is meant; its facts count, and not those of one farther out."""
    assert () == loaded(around(BRANCH="one.version")).findings
    found = loaded(around(BRANCH="x.iner")).findings
    assert ["'x.iner': 'x' has no 'iner'"] == [one.finding.message for one in found]
    shadowed = around(BRANCH="one.version").replace("{x: {checks", "{one: {checks")
    assert ["'one.version': 'one' has no 'version'"] == [
        one.finding.message for one in loaded(shadowed).findings
    ]


def test_outputs_name_only_facts_there_are() -> None:
    """Whoever runs this runbook as a step is promised something."""
    text = around().replace("title: Sample\n", "title: Sample\noutputs: {jobs: ▶'${look.queue.jobs}'}\n")
    check(text, "unknown-fact", "'look.queue' has no 'jobs'")


def test_a_path_given_to_a_use_is_told_once() -> None:
    """The place where it is given is the place to mend it."""
    text = (
        around()
        .replace("'https://x/', timeout: 5s", "x")
        .replace("{http: x}", "{use: machines, with: {app: ▶'${look.queue.jobs}'}}")
    )
    check(text, "unknown-fact", "'look.queue' has no 'jobs'")


@pytest.mark.parametrize(("text", "rule", "part"), HEADS)
def test_a_faulty_head_is_refused_at_the_fault(text: str, rule: str, part: str) -> None:
    """One fault in the head makes one finding, at its place, with a way out."""
    check(text + "steps:\n" + END, rule, part)


@pytest.mark.parametrize(("step", "rule", "part"), STEPS)
def test_a_faulty_step_is_refused_at_the_fault(step: str, rule: str, part: str) -> None:
    """One fault in a step makes one finding, at its place, with a way out."""
    check(f"{HEAD}steps:\n  {step}\n{END}", rule, part)


def check(text: str, rule: str, part: str) -> None:
    """Assert that a text has one fault, at its mark."""
    result = loaded(text)
    said = "; ".join(f"{one.finding.message} [{one.finding.fix}]" for one in result.findings)
    assert [rule] == [one.finding.rule for one in result.findings], said
    assert marked(text) == places(result.findings), said
    assert part in said
    assert result.value is None


def test_all_faults_of_a_file_are_found_at_once() -> None:
    """A fault in one field hides none in another, and they come in the order of the file."""
    text = """
    runbook: sample
    titl: Sample
    steps:
      a:
        check: {htp: x, timeout: 5}
        then: {pass: b, fial: c}
      b: {decide: [{if: {z.y: 1}, go: zz}], else: 7}
      c: {wait: {until: {http: 5}, x: 1}}
    """
    rules = [one.finding.rule for one in load_runbook(document(text)).findings]
    expected = ["unknown-key", "no-kind", "wrong-value", "unknown-outcome", "unknown-reference"]
    expected += ["unknown-target", "wrong-value", "missing-outcome", "wrong-value", "unknown-key"]
    assert expected == rules


@pytest.mark.parametrize("steps", ["5", "[]", "{}", "{a: }", "{a: {check: }}", "{a: {check: [], then: {}}}"])
def test_no_shape_of_steps_raises(steps: str) -> None:
    """Whatever stands under steps, there are findings and no exception."""
    result = load_runbook(document(f"{HEAD}steps: {steps}\n"))
    assert result.value is None
    assert result.findings
