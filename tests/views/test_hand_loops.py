"""Loops that a person pastes: run by a POSIX shell, against a service on loopback."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine.kinds.checks.command import CommandCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.samples import SamplesCheck
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.steps.wait import Soak, WaitStep
from engine.kinds.tries import one_try, readable
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Json
from engine.views.by_hand import command
from engine.views.hand_loops import soak_loop

OK = Matcher.parse(200)
FALSE = CommandCheck(command="false", shell=True, read_only_because="it does nothing")


class _Answers(BaseHTTPRequestHandler):
    """Answers with the next status; the last one for ever."""

    def do_GET(self) -> None:
        """Answer a look."""
        service: Service = self.server.service  # type: ignore[attr-defined]
        service.asked += 1
        status = service.answers[min(service.asked, len(service.answers)) - 1]
        body = b'{"state": "ok", "jobs": [1, 2]}'
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@dataclass
class Service:
    """What is looked at."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    asked: int = 0


@pytest.fixture
def service() -> Iterator[Service]:
    """Return a service on a free port."""
    known = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.service = known  # type: ignore[attr-defined]
    known.url = f"http://127.0.0.1:{server.server_address[1]}/health"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


def pasted(text: str, typed: str = "") -> list[str]:
    """Return what a POSIX shell prints of a paste, with what the person types."""
    done = subprocess.run(
        ["sh", "-u", "-c", text], input=typed, capture_output=True, text=True, check=False, timeout=60
    )
    assert "not found" not in done.stderr, done.stderr
    return done.stdout.splitlines()


def seen(text: str, typed: str = "") -> list[str]:
    """Return what a person sees of a paste on a terminal, where errors and answers come together."""
    done = subprocess.run(
        ["sh", "-u", "-c", text],
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.splitlines()


def loop(use: CheckUse, passes: int = 3, limit: float = 30.0, **more: CheckUse) -> str:
    """Return the loop of a wait for one check, or several."""
    soak = Soak(passes=passes, every=Duration(0.01))
    uses = {"check": use, **more}
    wait = WaitStep(until=uses, soak=soak, limit=Duration(limit))
    return soak_loop(wait, {name: (one, command(one)) for name, one in uses.items()})


def test_a_fail_starts_the_count_afresh_and_the_loop_ends_when_it_has_held(service: Service) -> None:
    """Each try says pass or fail, and what it saw."""
    service.answers = [200, 503, 200, 200, 200]
    said = pasted(loop(CheckUse(kind=HttpCheck(http=service.url), expect={"status": OK})))
    tries = [line for line in said if "in a row" in line]
    assert [
        f"try {number}: {answer}; {count} of 3 in a row"
        for number, answer, count in (
            (1, "pass", 1),
            (2, "fail", 0),
            (3, "pass", 1),
            (4, "pass", 2),
            (5, "pass", 3),
        )
    ] == [line.rpartition(",")[0] for line in tries]
    assert "held" == said[-1]
    assert any(line.startswith("try 2: fail 503 in 0.") for line in said)
    assert 5 == service.asked


def test_the_loop_gives_up_at_the_limit(service: Service) -> None:
    """And says so."""
    service.answers = [503]
    said = pasted(loop(CheckUse(kind=HttpCheck(http=service.url)), limit=1.0))
    assert "limit: it has not held" == said[-1]


def test_the_time_from_the_first_pass_to_the_last_counts_too(service: Service) -> None:
    """A soak is both: how often, and how long."""
    wait = WaitStep(
        until={"check": CheckUse(kind=HttpCheck(http=service.url))},
        soak=Soak(passes=1, every=Duration(0.2), lasting=Duration(1.0)),
        limit=Duration(30.0),
    )
    use = (wait.until or {})["check"]
    said = pasted(soak_loop(wait, {"check": (use, command(use))}))
    assert "held" == said[-1]
    assert service.asked > 1


@pytest.mark.parametrize(
    ("expect", "status", "answer"),
    [
        ({}, 204, "pass"),
        ({}, 304, "fail"),
        ({"status": {"in": [401, 403]}}, 403, "pass"),
        ({"status": {"in": [401, 403]}}, 200, "fail"),
        ({"status": {"lt": 500}}, 404, "pass"),
        ({"status": 200, "seconds": {"lt": 30}}, 200, "pass"),
        ({"status": 200, "seconds": {"lt": 0.0000001}}, 200, "fail"),
        ({"status": 200, "seconds": {"lt": 30}}, 500, "fail"),
        ({"status": 200, "seconds": {"lt": "30s"}}, 200, "pass"),
        ({"status": 200, "seconds": {"gt": "30s"}}, 200, "fail"),
    ],
)
def test_the_shell_judges_status_and_time(
    service: Service, expect: dict[str, Json], status: int, answer: str
) -> None:
    """As the engine does."""
    service.answers = [status]
    matchers = {name: Matcher.parse(data) for name, data in expect.items()}
    use = CheckUse(kind=HttpCheck(http=service.url), expect=matchers)
    assert [answer] == pasted(f'{one_try(use)}; echo "$a"')


def test_nobody_listening_is_a_fail() -> None:
    """Of a curl, of a program and of a plain connection."""
    for use in (
        CheckUse(kind=HttpCheck(http="http://127.0.0.1:9/")),
        CheckUse(kind=FALSE),
    ):
        assert ["fail"] == pasted(f'{one_try(use)} 2>/dev/null; echo "$a"')
    assert "nc -vz -w 10 db 5432 && a=pass" in one_try(CheckUse(kind=TcpCheck(tcp="db:5432")))


def test_what_the_shell_cannot_judge_the_person_says(service: Service) -> None:
    """The answer is shown a value a line, since a path in it decides."""
    use = CheckUse(kind=HttpCheck(http=service.url), expect={"json.state": Matcher.parse("ok"), "status": OK})
    said = pasted(loop(use, passes=2), "y\nn\ny\ny\n")
    assert 4 == service.asked
    assert '    "state": "ok",' in said
    assert any("Did it pass: json.state ok, status 200? (y/n)" in line for line in said), said
    assert ["1", "0", "1", "2"] == [line.split()[3] for line in said if "in a row" in line]


def test_where_a_path_of_the_answer_decides_it_is_shown_a_value_a_line(service: Service) -> None:
    """Headers and time are left out: they are no JSON."""
    decides = CheckUse(
        kind=HttpCheck(http=service.url),
        facts={"jobs": Selector.parse("json.jobs")},
        expect={"seconds": Matcher.parse({"lt": 5}), "jobs": Matcher.parse({"exists": True})},
    )
    status = r"-w '%{stderr}status %{http_code} in %{time_total} s\n'"
    assert f"curl -sS {status} -m 10 '{service.url}' | python3 -m json.tool" == readable(decides)
    assert '    "state": "ok",' in pasted(readable(decides))
    assert "" == readable(CheckUse(kind=HttpCheck(http=service.url)))


def test_what_a_person_is_asked_about_has_been_shown(service: Service) -> None:
    """The status of every try stands before its question, though the answer went through a pipe."""
    service.answers = [200, 503, 200, 200]
    use = CheckUse(kind=HttpCheck(http=service.url), expect={"json.state": Matcher.parse("ok"), "status": OK})
    said = seen(loop(use, passes=2), "y\nn\ny\ny\n")
    asked = "Did it pass: json.state ok, status 200? (y/n)"
    told = [line for line in said if line.startswith("status ") or asked in line]
    assert ["status 200", "status 503", "status 200", "status 200"] == told[::2]
    assert 4 == len([line for line in told[1::2] if asked in line])
    assert ["status 200", "{", '    "state": "ok",'] == seen(readable(use))[:3]


def test_the_time_is_shown_with_the_status_where_it_is_judged(service: Service) -> None:
    """Nobody is asked about seconds that no line has."""
    expect = {"json.state": Matcher.parse("ok"), "seconds": Matcher.parse({"lt": 5})}
    said = seen(loop(CheckUse(kind=HttpCheck(http=service.url), expect=expect), passes=1), "y\n")
    assert re.fullmatch(r"status 200 in [\d.]+ s", said[0])


def test_several_checks_pass_together_or_not_at_all(service: Service) -> None:
    """Each says what came of it."""
    good = CheckUse(kind=HttpCheck(http=service.url))
    bad = CheckUse(kind=FALSE)
    said = pasted(loop(good, limit=1.0, other=bad))
    assert any(line.startswith("try 1 check: pass 200 in 0.") for line in said)
    assert any(line.startswith("try 1 other: fail") for line in said)
    assert "limit: it has not held" == said[-1]


def test_samples_are_a_loop_that_says_what_came_of_each(service: Service) -> None:
    """As many as the check takes, warm-up included."""
    service.answers = [200, 500, 200]
    check = SamplesCheck(samples=CheckUse(kind=HttpCheck(http=service.url)), n=2, warm_up=1, least=1)
    said = pasted(check.by_hand())
    assert ["try 1: pass", "try 2: fail", "try 3: pass"] == [line[: line.index(" ", 8)] for line in said]
