"""A first workspace and a first runbook: everything they write holds, and nothing is written over."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from engine.app.beginnings import begin_runbook, begin_workspace
from engine.app.checking import checked
from engine.app.workspace import Workspace, content_root
from engine.cli.program import run as run_words
from engine.kinds.errors import Exit, UsageError

TODAY = date(2025, 11, 23)
URL = "http://127.0.0.1:8000"


@dataclass
class Toy:
    """A service that answers 503 until it is restarted, and takes messages."""

    url: str = ""
    healthy: bool = False
    posts: list[str] = field(default_factory=list)


class _Toy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer a look."""
        self._say(200 if self.server.toy.healthy else 503)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        """Take a restart or a message."""
        toy: Toy = self.server.toy  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("content-length") or 0))
        toy.posts.append(self.path)
        toy.healthy = toy.healthy or self.path == "/restart"
        self._say(200)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def toy() -> Iterator[Toy]:
    """Return the service, broken, on a free port of loopback."""
    known = Toy()
    server = HTTPServer(("127.0.0.1", 0), _Toy)
    server.toy = known  # type: ignore[attr-defined]
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


Typed = Callable[[str], tuple[int, str]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return what types a line in an empty folder, as somebody of whom nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in ("RUNBOOK_AS", "RUNBOOK_STATE", "RUNBOOK_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def type_line(line: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run_words(line.split()[1:])
        out, err = capsys.readouterr()
        return code, f"{out}{err}"

    return type_line


def begun(folder: Path, service: str = "web", name: str = "") -> Workspace:
    """Begin a workspace with one runbook, and return it."""
    begin_workspace(folder, service, URL)
    workspace = Workspace.find(folder, {})
    begin_runbook(workspace, name or f"{service}-down", "", "", "oncall", TODAY)
    return Workspace.find(folder, {})


def test_the_lines_that_are_offered_lead_from_an_empty_folder_to_pages(typed: Typed, tmp_path: Path) -> None:
    """Each line that `init` and `new` print is typed as it stands, and succeeds."""
    code, told = typed("runbook init --output json")
    assert Exit.RESOLVED == code, told
    data = json.loads(told)
    assert ["runbook.toml", "runbooks/catalogue/services.yaml", "runbooks/catalogue/people.yaml"] == data[
        "written"
    ]
    assert ["runbook new web-down", "runbook check"] == data["next"]
    for line in data["next"]:
        code, told = typed(line)
        assert Exit.RESOLVED == code, (line, told)
    code, told = typed("runbook new web-slow")
    after = [line.removeprefix("next:").strip() for line in told.splitlines() if "runbook " in line]
    assert 4 == len(after)
    for line in after:
        code, told = typed(line)
        assert Exit.RESOLVED == code, (line, told)
    assert (tmp_path / "docs/runbooks/incidents/web-slow.md").is_file()
    assert Exit.RESOLVED == typed("runbook docs --check")[0]


def test_every_finding_in_what_was_written_is_a_place_to_fill_in(tmp_path: Path) -> None:
    """Errors none; warnings only where the text says so itself, and at every such text."""
    workspace = begun(tmp_path)
    findings = checked(workspace, (), TODAY).findings
    assert {"text-to-fill-in"} == {one.finding.rule for one in findings}
    texts = [path.read_text() for path in (tmp_path / "runbooks").rglob("*.yaml")]
    assert sum(text.count("FILL IN") for text in texts) == len(findings)


def test_the_cases_take_every_branch_of_the_skeleton(typed: Typed, tmp_path: Path) -> None:
    """A team begins with full coverage, and sees what it loses."""
    begun(tmp_path)
    code, told = typed("runbook test --cover-min 100")
    assert (Exit.RESOLVED, True) == (code, "7 cases, 0 failed" in told), told


def test_the_skeleton_brings_a_broken_service_back(
    typed: Typed, toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On real sockets: found, asked about, restarted, and held for its soak."""
    monkeypatch.setenv("DESK_URL", f"{toy.url}/desk")
    assert Exit.RESOLVED == typed(f"runbook init --service shop --url {toy.url}")[0]
    assert Exit.RESOLVED == typed("runbook new shop-down")[0]
    file = tmp_path / "runbooks/incidents/shop-down.yaml"
    text = file.read_text()
    assert 1 == text.count("every: 10s")
    file.write_text(text.replace("every: 10s", "every: 1s"))  # nobody waits here
    code, told = typed("runbook run shop-down")
    assert Exit.WAITING == code, told
    assert [] == toy.posts
    _, listed = typed("runbook answer")
    (line,) = (row.strip() for row in listed.splitlines() if " yes " in row)
    code, told = typed(line.replace("'", ""))
    assert Exit.RESOLVED == code, (line, told)
    code, told = typed("runbook resume")
    assert Exit.RESOLVED == code, told
    assert ["/restart"] == [path for path in toy.posts if path != "/desk"]
    assert "resolved; exit 0" in told


@pytest.mark.parametrize("there", ["runbook.toml", "runbooks"])
def test_nothing_is_written_over(there: str, typed: Typed, tmp_path: Path) -> None:
    """Not the settings, not a folder of runbooks, not a runbook, not cases that stand alone."""
    (tmp_path / there).mkdir() if there == "runbooks" else (tmp_path / there).write_text("# mine\n")
    before = sorted(tmp_path.rglob("*"))
    code, told = typed("runbook init")
    assert (Exit.USAGE, True) == (code, "is there already: nothing was written" in told)
    assert before == sorted(tmp_path.rglob("*"))


def test_a_runbook_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    """By its id, wherever its file lies; and cases that lie there alone."""
    workspace = begun(tmp_path)
    file = tmp_path / "runbooks/incidents/web-down.yaml"
    text = file.read_text()
    with pytest.raises(UsageError, match="there is a runbook 'web-down' already"):
        begin_runbook(workspace, "web-down", "", "", "oncall", TODAY)
    assert text == file.read_text()
    (tmp_path / "runbooks/incidents/web-slow.cases.yaml").write_text("cases: web-slow\ntests: []\n")
    with pytest.raises(UsageError, match="nothing was written"):
        begin_runbook(workspace, "web-slow", "", "", "oncall", TODAY)
    assert not (tmp_path / "runbooks/incidents/web-slow.yaml").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("runbook init --service ../x", "is no name of a service"),
        ("runbook init --service Shop", "letters, digits and dashes between them"),
        ("runbook init --service true", "is no name of a service"),
        ("runbook init --service 7", "is no name of a service"),
        ("runbook init --url shop.example.com", "is no address of a service"),
        ("runbook init --url http://ann:pw@shop.example.com", "is no address of a service"),
        ("runbook init --url ftp://shop.example.com", "is no address of a service"),
        ("runbook init --url http://shop:x", "is no address of a service"),
        ("runbook init --url http://${secrets.X}/", "is no address of a service"),
        ("runbook new x", "no runbooks/ here or above"),
    ],
)
def test_what_cannot_be_a_name_or_an_address_is_refused_before_anything_is_written(
    line: str, says: str, typed: Typed, tmp_path: Path
) -> None:
    """One line, and the folder stays empty."""
    code, told = typed(line)
    assert (Exit.USAGE, True) == (code, says in told), told
    assert [] == list(tmp_path.iterdir())


def test_below_a_workspace_no_other_begins_unasked(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who is one folder too deep is told where they are."""
    begin_workspace(tmp_path, "web", URL)
    monkeypatch.chdir(tmp_path / "runbooks")
    code, told = typed("runbook init")
    assert (Exit.USAGE, True) == (code, f"in a workspace already: {tmp_path}" in told)


def test_another_folder_is_named_where_the_next_lines_begin(typed: Typed, tmp_path: Path) -> None:
    """They are typed one after another."""
    code, told = typed("runbook init ops")
    assert (Exit.RESOLVED, True) == (code, "next: cd ops\n      runbook new web-down\n" in told), told
    assert (tmp_path / "ops/runbooks/catalogue/people.yaml").is_file()


def test_a_texts_own_signs_stay_text(tmp_path: Path) -> None:
    """A title with a colon, a quote and a brace is a title."""
    begin_workspace(tmp_path, "web", URL)
    title = 'It says: "no" {and: more} # what?'
    workspace = Workspace.find(tmp_path, {})
    begin_runbook(workspace, "odd", "", title, "oncall", TODAY)
    from engine.app.library import Library

    assert title == Library(workspace).runbook("odd").title


def test_in_a_catalogue_of_many_services_one_is_named(workspace: Workspace, root: Path) -> None:
    """The ladder, the operations and the addresses are the team's own."""
    made = begin_runbook(workspace, "web-slow", "web", "It is slow", "reliability", TODAY)
    text = (root / made.written[0]).read_text()
    assert "escalate: manager" in text
    assert "operation: restart-machine" in text
    assert [] == [
        one for one in checked(workspace, ["web-slow"], TODAY).findings if one.finding.severity == "error"
    ]
    shipped = Workspace(content_root(), root / "state", {})
    with pytest.raises(UsageError, match=r"which service\?"):
        begin_runbook(shipped, "zzz", "", "", "reliability", TODAY)
    with pytest.raises(UsageError) as refused:
        begin_runbook(shipped, "zzz", "chatwot", "", "reliability", TODAY)
    assert "did you mean 'chatwoot'?" == refused.value.hint


def test_a_runbook_begins_with_the_least_severity_and_says_so(typed: Typed, tmp_path: Path) -> None:
    """Another is chosen by its name; one that is not there is refused before anything is written."""
    assert Exit.RESOLVED == typed("runbook init")[0]
    for line, severity in (("a", "SEV-2"), ("b --severity SEV-1", "SEV-1")):
        code, told = typed(f"runbook new {line}")
        assert Exit.RESOLVED == code, told
        text = (tmp_path / f"runbooks/incidents/{line[0]}.yaml").read_text()
        assert f"severity: {severity}   # of SEV-1, SEV-2:" in text
    code, told = typed("runbook new c --severity SEV-3")
    assert (Exit.USAGE, True) == (code, "there is no severity 'SEV-3'" in told), told
    assert not (tmp_path / "runbooks/incidents/c.yaml").exists()


def test_the_skeleton_names_only_what_is_there(typed: Typed, tmp_path: Path) -> None:
    """No page of documentation lies in a new workspace; the command that it names prints the keys."""
    begun(tmp_path)
    text = (tmp_path / "runbooks/incidents/web-down.yaml").read_text()
    assert (False, 1) == ("docs/" in text, text.count("`runbook schema`"))
    code, told = typed("runbook schema")
    assert (Exit.RESOLVED, True) == (code, '"irreversible"' in told)


def test_what_is_recorded_of_the_skeleton_notices_a_loosened_proof(typed: Typed, tmp_path: Path) -> None:
    """Of all it holds, the proof of recovery is what must not give way unseen."""
    begun(tmp_path)
    assert Exit.RESOLVED == typed("runbook test web-down --record")[0]
    assert Exit.RESOLVED == typed("runbook test web-down")[0]
    file = tmp_path / "runbooks/incidents/web-down.yaml"
    before, _, proof = file.read_text().partition("  recovered:")
    assert 1 == proof.count("expect: {status: 200}")
    loose = proof.replace("expect: {status: 200}", "expect: {status: {lt: 600}}")
    file.write_text(f"{before}  recovered:{loose}")
    code, told = typed("runbook test web-down")
    assert (1, True) == (code, "FAIL  web-down: step recovered" in told), told


def test_a_catalogue_without_services_or_roles_says_what_is_missing(tmp_path: Path) -> None:
    """Where to write it, in a line."""
    (tmp_path / "runbooks/catalogue").mkdir(parents=True)
    with pytest.raises(UsageError) as refused:
        begin_runbook(Workspace.find(tmp_path, {}), "x", "", "", "", TODAY)
    assert "below `services:`" in refused.value.hint
    (tmp_path / "runbooks/catalogue/all.yaml").write_text("services: {web: {title: Web}}\n")
    with pytest.raises(UsageError) as refused:
        begin_runbook(Workspace.find(tmp_path, {}), "x", "", "", "", TODAY)
    assert "give one a `channel`" in refused.value.hint


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("runbook run a", "write one into a file of runbooks/catalogue/"),
        ("runbook run a --env x", "the catalogue has none"),
        ("runbook probe", "write one into a file of runbooks/catalogue/"),
        ("runbook probe --env x", "write one into a file of runbooks/catalogue/"),
        ("runbook freeze --env x --reason later", "the catalogue has none"),
        ("runbook doctor --env x", "write one into a file of runbooks/catalogue/"),
    ],
)
def test_in_an_empty_catalogue_a_hint_is_no_list_of_nothing(
    line: str, says: str, typed: Typed, tmp_path: Path
) -> None:
    """It says what to do instead."""
    folder = tmp_path / "runbooks/incidents"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(
        "runbook: a\ntitle: A\nsteps:\n  look: {check: {tcp: 'localhost:1'}, then: {any: escalated}}\n"
    )
    code, told = typed(line)
    assert (Exit.USAGE, True) == (code, says in told), told
    assert not [row for row in told.splitlines() if row.rstrip().endswith(":")]
