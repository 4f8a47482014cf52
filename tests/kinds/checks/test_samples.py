"""The samples check: success before speed, no percentile of failures, and time that is shared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import jsonschema
import pytest

from engine.core.plan import Request, make_plan
from engine.estate.estate import LLAMAINDEX
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder, InProcessWorld
from engine.io.world.clock import SystemClock
from engine.kinds.checks.fly_secrets import FlySecretsCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.samples import REASONS, SamplesCheck
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.codec import decode, plain
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, NoAnswer
from engine.kinds.statistics import Method
from engine.kinds.steps.check import CheckStep
from engine.kinds.uses import CheckUse, Look, judge
from engine.kinds.values import Duration, Instant, Json
from engine.kinds.verdicts import Observation, Verdict
from engine.model.loading import json_schema, load_catalogue, load_runbook
from engine.model.runbook import Runbook
from tests.kinds.fakes import FakeWorld, Reply, http_reply, observed, run
from tests.model.files import document

URL = "https://shop.example/app"
TARGET = 0.4076
"""The median of the recorded live page, in seconds."""
LIVE: dict[str, Json] = {"median": TARGET, "p95": 0.4669, "n": 20, "method": "linear", "source": "measured"}


def inner(expect: Mapping[str, Json] | None = None, timeout: float = 10.0) -> CheckUse:
    """Return one look at the page."""
    wanted = {name: Matcher.parse(data) for name, data in (expect or {"status": 200}).items()}
    return CheckUse(kind=HttpCheck(http=URL), expect=wanted, timeout=Duration(timeout))


def took(*seconds: float) -> list[Reply]:
    """Return good replies that took so long."""
    return [http_reply(200, {}, seconds=one) for one in seconds]


def judged(check: SamplesCheck, expect: Mapping[str, Json], *replies: Reply) -> Verdict:
    """Return what the check says of these replies."""
    use = CheckUse(kind=check, expect={name: Matcher.parse(data) for name, data in expect.items()})
    return judge(use, observed(check, *replies, timeout=600.0))


def test_the_warm_up_is_discarded_and_shown_apart() -> None:
    """A cold start of two seconds is in no statistic."""
    check = SamplesCheck(samples=inner(), n=5)
    facts = observed(check, *took(2.2, 0.3, 0.1, 0.5, 0.2, 0.4), timeout=60.0).facts
    assert (2.2, 5, 5, 1, 0.5, 0.3) == tuple(
        facts[name] for name in ("first_seconds", "n", "ok", "ok_share", "max", "median")
    )
    assert [0.3, 0.1, 0.5, 0.2, 0.4] == facts["durations"]


@pytest.mark.parametrize("method", ["linear", "nearest-rank", "floor-index"])
def test_every_fact_is_documented_and_the_method_told(method: Method) -> None:
    """With a baseline, all of them are there."""
    check = SamplesCheck(samples=inner(), n=10, method=method, baseline={**LIVE, "method": method})
    seen = observed(check, *took(*[TARGET] * 11), timeout=60.0)
    assert set(SamplesCheck.fact_names) == set(seen.facts)
    assert method == seen.facts["method"]
    assert f"10 of 10 tries ok; median 408ms, p95 408ms ({method}, n 10)" == seen.summary


def test_a_failure_is_fast_and_counts_for_nothing_but_itself() -> None:
    """Twenty quick 410 answers beside slow good ones: no percentile knows of them."""
    quick: list[Reply] = [http_reply(410, b"", seconds=0.05)] * 14
    check = SamplesCheck(samples=inner(), n=20, warm_up=0)
    verdict = judged(check, {"p95": {"lt": "500ms"}, "ok_share": {"ge": 0.95}}, *quick, *took(*[0.9] * 6))
    assert "fail" == verdict.answer
    assert (0.9, 0.9, 0.3, 14) == tuple(verdict.facts[n] for n in ("min", "p95", "ok_share", "failed"))
    assert {"status 410, wanted 200": 14} == verdict.facts["failures"]


@pytest.mark.parametrize(
    ("good", "bad", "expect", "answer"),
    [
        (4, 0, {"p95": {"lt": "1s"}}, "unknown"),
        (5, 0, {"p95": {"lt": "1s"}}, "pass"),
        (4, 1, {"p95": {"lt": "1s"}, "ok_share": {"ge": 0.95}}, "fail"),
        (4, 0, {"p95": {"lt": "1s"}, "ok_share": {"ge": 0.95}}, "unknown"),
        (0, 5, {"p95": {"lt": "1s"}}, "unknown"),
        (0, 5, {}, "fail"),
        (5, 0, {}, "pass"),
        (19, 1, {"ok_share": {"ge": 0.95}}, "pass"),
        (18, 2, {"ok_share": {"ge": 0.95}}, "fail"),
    ],
)
def test_with_too_few_good_tries_there_is_no_percentile(
    good: int, bad: int, expect: Mapping[str, Json], answer: str
) -> None:
    """Unknown for what was expected of speed, fail where success itself was not what it should be."""
    check = SamplesCheck(samples=inner(), n=good + bad, warm_up=0)
    replies = [*took(*[0.2] * good), *[http_reply(503)] * bad]
    assert answer == judged(check, expect, *replies).answer


def test_the_measured_sync_has_too_few_samples_for_a_percentile() -> None:
    """Three good of four; with `least: 3` the percentile is that of the good ones alone."""
    replies: list[Reply] = [*took(0.24112, 0.19877), NoAnswer("timeout", "gone", 1.50055), *took(0.26543)]
    check = SamplesCheck(samples=inner(), n=4, warm_up=0)
    few = judged(check, {"p95": {"lt": "1s"}}, *replies)
    assert ("unknown", False) == (few.answer, "p95" in few.facts)
    three = judged(replace(check, least=3), {"p95": {"lt": "1s"}}, *replies)
    assert ("pass", 0.263, 0.75) == (
        three.answer,
        round(float(str(three.facts["p95"])), 3),
        three.facts["ok_share"],
    )
    assert {"no answer: timeout": 1} == three.facts["failures"]


def test_an_unknown_try_leaves_open_how_many_succeed() -> None:
    """Nineteen good and one that does not say: the share could be 95 % or all; speed is told all the same."""
    check = SamplesCheck(samples=inner({"json.ok": True}), n=20, warm_up=0)
    good: list[Reply] = [http_reply(200, {"ok": True})] * 19
    verdict = judged(check, {"ok_share": {"ge": 0.9}, "p95": {"lt": "1s"}}, *good, http_reply(200, {}))
    assert ("unknown", 19, 1) == (verdict.answer, verdict.facts["ok"], verdict.facts["unknown"])
    assert {"json.ok nothing there, wanted true": 1} == verdict.facts["unknowns"]
    assert "pass" == judged(check, {"p95": {"lt": "1s"}}, *good, http_reply(200, {})).answer


@pytest.mark.parametrize(
    ("seconds", "slower", "same"),
    [
        ([TARGET] * 10, False, True),
        ([TARGET * 1.19] * 10, False, True),
        ([TARGET * 1.21] * 10, True, False),
        ([TARGET * 0.79] * 10, False, False),
        ([TARGET] * 18 + [0.4669 * 1.24] * 2, False, True),
        ([TARGET] * 18 + [0.4669 * 1.26] * 2, True, False),
        ([TARGET * 3] * 9, None, None),
    ],
)
def test_no_regression_means_the_recorded_median_and_percentile(
    seconds: list[float], slower: bool | None, same: bool | None
) -> None:
    """Median within 20 %, p95 at most a quarter longer, from ten good tries on; fewer say nothing."""
    check = SamplesCheck(samples=inner(), n=len(seconds), warm_up=0, baseline=LIVE)
    facts = observed(check, *took(*seconds), timeout=600.0).facts
    assert (slower, same, 20) == (facts.get("slower"), facts.get("no_regression"), facts["baseline_n"])


@pytest.mark.parametrize(
    ("baseline", "ratios"),
    [
        ({**LIVE, "method": "nearest-rank"}, {"median_ratio": 1.0}),
        ({"median": "500ms", "p95": "1s"}, {"median_ratio": 0.8152, "p95_ratio": 0.4076}),
        ({"median": 0, "p95": None, "n": True}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_only_what_can_be_compared_is_compared(baseline: Json, ratios: Mapping[str, float]) -> None:
    """A percentile by another method is another number; nothing is divided by zero."""
    check = SamplesCheck(samples=inner(), n=10, warm_up=0, baseline=baseline)
    facts = observed(check, *took(*[TARGET] * 10), timeout=60.0).facts
    assert ratios == {name: facts[name] for name in facts if name.endswith("_ratio")}
    assert ("p95_ratio" in ratios) == ("slower" in facts)


def test_where_nobody_can_look_the_first_try_says_so() -> None:
    """The rest is not tried: it would be twenty times the same."""
    world = FakeWorld([CannotLook("no token: set FLY_API_TOKEN")])
    check = SamplesCheck(samples=CheckUse(kind=FlySecretsCheck(fly_secrets="shop")), n=20)
    with pytest.raises(CannotLook, match="set FLY_API_TOKEN"):
        run(check.observe(world, 60.0))
    assert [] == world.replies


def test_a_look_that_could_not_be_made_later_is_an_unknown_try() -> None:
    """And no failure."""
    replies: list[Reply] = [*took(*[0.1] * 5), CannotLook("policy forbids it"), http_reply(200)]
    check = SamplesCheck(samples=inner(), n=6)
    facts = observed(check, *replies, timeout=60.0).facts
    assert {"could not look: policy forbids it": 1} == facts["unknowns"]


def test_silence_throughout_is_silence() -> None:
    """For a kind to which it is a fail: then the core looks whether it is our own network."""
    check = SamplesCheck(samples=inner(), n=3, warm_up=1)
    gone = NoAnswer("refused", "connection refused", 0.1)
    seen = observed(check, gone, gone, gone, gone, timeout=60.0)
    assert ("refused", "no answer in 3 of 3 tries: no answer: refused") == (seen.no_answer, seen.summary)
    assert "fail" == judge(CheckUse(kind=check), seen).answer
    told = CheckUse(kind=TcpCheck(tcp="db.example:5432"), no_answer="unknown")
    asked = replace(check, samples=told)
    assert "unknown" == judge(CheckUse(kind=asked), observed(asked, gone, gone, gone, gone)).answer


def test_all_tries_share_the_time_and_one_that_was_cut_short_is_not_counted() -> None:
    """Ten seconds: four tries of 3 s each do not fit; the fourth gets what is left and no blame."""
    cut = NoAnswer("timeout", "no answer within 1s", 1.0)
    world = FakeWorld([*took(3.0, 3.0, 3.0), cut])
    facts = run(SamplesCheck(samples=inner(), n=9, warm_up=0).observe(world, 10.0)).facts
    assert (3, 0, 6) == (facts["n"], facts["failed"], facts["left_out"])
    assert [10.0, 7.0, 4.0, 1.0] == [round(one.timeout, 6) for one in world.requests]
    assert "fail" == judge(CheckUse(kind=SamplesCheck(samples=inner())), Observation(facts)).answer


def test_a_try_that_had_all_its_own_time_and_no_answer_has_failed() -> None:
    """The inner check's patience is its own."""
    late = NoAnswer("timeout", "no answer within 2s", 2.0)
    check = SamplesCheck(samples=inner(timeout=2.0), n=3, warm_up=0)
    facts = observed(check, *took(0.1), late, *took(0.1), timeout=60.0).facts
    assert (3, 1, 0, 2) == tuple(facts[name] for name in ("n", "failed", "left_out", "ok"))


@pytest.mark.parametrize(
    ("every", "seconds", "lasts", "made"), [(10.0, 1.0, 21.0, 3), (10.0, 12.0, 36.0, 3), (30.0, 1.0, 31.0, 2)]
)
def test_every_is_from_start_to_start(every: float, seconds: float, lasts: float, made: int) -> None:
    """A slow try delays the next, and a pause that would end too late is not begun."""
    world = FakeWorld(took(*[seconds] * 3))
    check = SamplesCheck(samples=inner(timeout=20.0), n=3, warm_up=0, every=Duration(every))
    seen = run(check.observe(world, 60.0))
    assert (made, lasts) == (seen.facts["n"], seen.seconds)


def test_reasons_are_short_and_few() -> None:
    """What a page shows at three in the morning, and never a whole body."""
    check = SamplesCheck(samples=inner({"json.said": "ok"}), n=15, warm_up=0)
    replies: list[Reply] = [http_reply(200, {"said": f"{number}{'x' * 500}"}) for number in range(15)]
    facts = observed(check, *replies, timeout=60.0).facts
    assert isinstance(facts["failures"], Mapping)
    assert (REASONS + 1, 5) == (len(facts["failures"]), facts["failures"]["other reasons"])
    assert 160 >= max(map(len, facts["failures"]))


def test_of_a_sensitive_check_only_statistics_leave() -> None:
    """Not in a fact, not in the summary, not in the evidence."""
    secret = {"customer": "Jane Doe"}
    use = replace(
        inner({"json.customer": "nobody"}),
        sensitive=True,
        facts={"who": Selector.parse("json.customer")},
    )
    seen = observed(SamplesCheck(samples=use, n=3, warm_up=0), *[http_reply(200, secret)] * 3, timeout=60.0)
    assert {"not as expected: json.customer": 3} == seen.facts["failures"]
    assert "Jane" not in f"{seen.facts} {seen.summary} {seen.body.decode()}"


def test_the_evidence_shows_every_try() -> None:
    """The warm-up too."""
    seen = observed(SamplesCheck(samples=inner(), n=1), *took(2.2, 0.1), timeout=60.0)
    tries = json.loads(seen.body)["tries"]
    assert ("application/json", [True, False]) == (seen.media, [one["warm_up"] for one in tries])
    assert [2.2, 0.1] == [one["seconds"] for one in tries]


def test_a_first_try_that_failed_says_nothing_of_a_cold_start() -> None:
    """A refusal is fast, and a warm-up that failed is discarded as any other."""
    facts = observed(SamplesCheck(samples=inner(), n=1), http_reply(503), http_reply(200), timeout=60.0).facts
    assert (False, 1, 0) == ("first_seconds" in facts, facts["ok_share"], facts["failed"])


def test_editors_take_what_the_loader_takes() -> None:
    """The schema knows the inner check as any other, by name or in place."""
    text = RUNBOOK.replace("%s", "204")
    jsonschema.validate(document(text).data, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document(text.replace("{use: page,", "{uses: page,")).data, json_schema())


def test_by_hand_is_a_loop_around_the_inner_command() -> None:
    """With what came of each, a pause where there is one, and a secret by its name; a shell runs it elsewhere."""
    kind = HttpCheck(http=URL, headers={"Authorization": "Bearer ${secrets.TOKEN}"})
    check = SamplesCheck(samples=CheckUse(kind=kind), n=20, every=Duration(30.0))
    looked = f"curl -sS -o /dev/null -w '%{{http_code}} in %{{time_total}} s' -m 10 -H \"Authorization: Bearer $TOKEN\" '{URL}'"
    line = check.by_hand()
    assert line.startswith(f"i=0; while [ $i -lt 21 ]; do i=$((i+1)); c=$({looked}); ")
    assert line.endswith('; echo "try $i: $a $c"; sleep 30; done')
    assert "shop.example" == check.target()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n": 0}, "give 1 to 500 together"),
        ({"n": 500}, "give 1 to 500 together"),
        ({"warm_up": -1}, "give 1 to 500 together"),
        ({"least": 0}, "give 1 or more"),
        ({"median_within": -0.1}, "give 0.2 for 20 %"),
        ({"baseline": "staging"}, "write '${baselines.NAME}'"),
    ],
)
def test_nonsense_is_refused(fields: Mapping[str, Json], message: str) -> None:
    """With what to do."""
    data = {"kind": {"kind": "samples", "samples": plain(inner()), **fields}}
    with pytest.raises(ValueError, match=message.replace("$", "[$]").replace("{", "[{]")):
        decode(CheckUse, data)


def test_samples_of_samples_are_refused() -> None:
    """A loop within a loop is a mistake."""
    with pytest.raises(ValueError, match="larger 'n'"):
        SamplesCheck(samples=CheckUse(kind=SamplesCheck(samples=inner())))


def test_what_the_inner_check_would_ask_a_person_is_dropped() -> None:
    """It is never asked, and may name facts that are not there yet."""
    use = replace(inner(), look=Look(question="What does ${later.fact} say?"))
    assert None is SamplesCheck(samples=use).samples.look


CATALOGUE = """
environments: {staging: {}}
services: {shop: {title: Shop, environments: {staging: {url: "https://shop.example"}}}}
checks:
  page:
    params: {url: null}
    http: "${with.url}/app"
    headers: {authorization: "Bearer ${secrets.TOKEN}"}
    expect: {status: 200}
    timeout: 5s
  pages:
    params: {url: null}
    samples: {use: page, with: {url: "${with.url}"}}
    n: 10
baselines:
  live: {source: measured, n: 20, values: {median: 0.4076, p95: 0.4669}}
"""
RUNBOOK = """
runbook: slow
title: A page is slow
service: shop
steps:
  look:
    check:
      samples: {use: page, with: {url: "${service.url}"}, expect: {status: %s}}
      n: 20
      every: 1s
      timeout: 60s
      baseline: "${baselines.live}"
      expect: {p95: {lt: 800ms}, slower: false}
    then: again
  again:
    check: {use: pages, with: {url: "${service.url}"}}
    then: resolved
"""


def test_an_author_writes_the_inner_check_as_any_other() -> None:
    """By name or in place; the plan has the address and the baseline written in."""
    known = load_catalogue([document(CATALOGUE, "catalogue.yaml")]).require()
    written = load_runbook(document(RUNBOOK % 204), known).require()
    request = Request(run="RUN-1", environment="staging")
    plan = make_plan(written, dict[str, Runbook]().__getitem__, known, request)
    step = decode(type(plan), plain(plan)).steps["look"].step
    assert isinstance(step, CheckStep)
    check = step.check.kind
    assert isinstance(check, SamplesCheck)
    assert isinstance(check.samples.kind, HttpCheck)
    assert ("page", "https://shop.example/app", 5.0) == (
        check.samples.name,
        check.samples.kind.http,
        check.samples.timeout,
    )
    assert {"status": Matcher(204)} == check.samples.expect
    assert {
        "median": 0.4076,
        "p95": 0.4669,
        "n": 20,
        "method": "linear",
        "source": "measured",
    } == check.baseline
    again = plan.steps["again"].step
    assert isinstance(again, CheckStep)
    assert ("shop.example", 10) == (again.check.kind.target(), getattr(again.check.kind, "n", 0))


def test_a_secret_in_what_is_expected_inside_is_refused() -> None:
    """As it is outside: only the fields of a kind are filled when they are sent."""
    known = load_catalogue([document(CATALOGUE, "catalogue.yaml")]).require()
    found = load_runbook(document(RUNBOOK % '"${secrets.TOKEN}"'), known).findings
    assert 1 == len(found)
    assert "secret" in found[0].finding.message


def test_in_virtual_time_the_second_try_finds_the_machine_awake() -> None:
    """The stand-in wakes while the first waits, and each query begins when the one before has ended."""
    start = Instant.parse("2025-11-23T03:05:22Z")
    estate = EstateHolder(healthy(start))
    estate.strike(Fault(LLAMAINDEX, "idle"), start)
    url = f"https://{LLAMAINDEX}.fly.dev"
    world = InProcessWorld(estate, routes={url: LLAMAINDEX}, clock=lambda: start, tell=FakeWorld().tell)
    body: Json = {"name": "query_support", "arguments": {"q": "What is the return policy?", "topK": 1}}
    query = HttpCheck(
        http=f"{url}/mcp/tools/call", method="POST", json=body, read_only_because="it only reads the index"
    )
    use = CheckUse(kind=query, expect={"status": Matcher(200)}, timeout=Duration(25.0))
    seen = run(SamplesCheck(samples=use, n=20).observe(world, 120.0))
    first, slowest = seen.facts["first_seconds"], seen.facts["max"]
    assert isinstance(first, float)
    assert isinstance(slowest, float)
    assert (20, True) == (seen.facts["ok"], first > 2.0 > 0.5 > slowest)
    durations = seen.facts["durations"]
    assert isinstance(durations, list)
    assert seen.seconds == pytest.approx(first + sum(durations))


def test_in_real_time_a_pause_is_waited_for() -> None:
    """Three tries fifty milliseconds apart take at least a hundred; only the lower bound is certain."""
    check = SamplesCheck(samples=inner(), n=3, warm_up=0, every=Duration(0.05))

    class RealTime(FakeWorld):
        """Replies as written, on this machine's clock."""

        @property
        def clock(self) -> SystemClock:  # type: ignore[override]
            return SystemClock()

    seen = run(check.observe(RealTime(took(0.0, 0.0, 0.0)), 30.0))
    assert (3, True) == (seen.facts["n"], 0.1 <= seen.seconds < 25.0)
