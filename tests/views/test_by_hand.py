"""Commands as a person types them: what the shell makes of them is what the engine would have sent."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.mcp import McpCheck
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.statement import SqlText
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue, Environment, McpServer, Service
from engine.model.runbook import Input
from engine.views.by_hand import blanks, command, expected, said
from engine.views.docs_page import Page
from engine.views.outline import outline
from tests.patience import PATIENCE
from tests.views.documented import catalogue, library, small

VALUES = {"TOKEN": "s3cret", "SHOP_URL": "https://shop.example"}


def shell(text: str) -> list[str]:
    """Return the words that a shell makes of a command, without running it."""
    script = f"set -- {text}\nprintf '%s\\0' \"$@\""
    done = subprocess.run(
        ["bash", "-c", script], env=VALUES, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return done.stdout.split("\0")[:-1]


def checked(check: CheckUse, shared: Catalogue, **more: object) -> Page:
    """Return the page of a runbook with one check."""
    step = Node(step=CheckStep(check=check), then={"pass": "false-alarm"})
    return outline(small(steps={"look": step}, **more), library, shared)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("say ${secrets.TOKEN}", ["say", "s3cret"]),
        ("say 'a ${secrets.TOKEN} b'", ["say", "a s3cret b"]),
        ('say "a ${secrets.TOKEN}b"', ["say", "a s3cretb"]),
        ("say it\\'s ${secrets.TOKEN}", ["say", "it's", "s3cret"]),
        ("say ${look.ids} '${look.ids}'", ["say", "<look.ids>", "<look.ids>"]),
        ("say '$${HOME}'", ["say", "${HOME}"]),
    ],
)
def test_references_in_an_authors_command_fit_the_quotes_they_stand_in(
    written: str, words: list[str]
) -> None:
    """A credential is filled in by the shell, a blank stays one word, whatever the quotes are."""
    assert words == shell(command(CheckUse(kind=HttpCheck(http="https://x.example"), by_hand=written)))


def test_an_sqlite_file_stays_written_out_since_its_command_is_another_one() -> None:
    """Behind a variable of the service, nobody could tell it from a Postgres."""
    shop = Service(environments={"production": {"url": "sqlite:///var/shop.db"}})
    shared = Catalogue(environments={"production": Environment()}, services={"shop": shop})
    page = checked(
        CheckUse(kind=SqlCheck(sql=SqlText("select 1"), database="${service.url}")), shared, service="shop"
    )
    typed = [one.text for step in page.steps() for doing in step.doings for one in doing.commands]
    assert ["sqlite3 -readonly var/shop.db 'select 1'"] == typed


def test_what_an_environment_has_for_words_is_written_out() -> None:
    """A question that differs by environment reads as in the one that customers depend on."""
    shared = Catalogue(
        environments={
            "sandbox": Environment(variables={"how": "Send it with curl."}, real=False),
            "production": Environment(variables={"how": "Ask a test customer."}, real=True),
        }
    )
    ask = AskStep(ask="${env.how} Did it come?", options={"yes": "It came"})
    page = outline(small(steps={"look": Node(step=ask, then={"yes": "false-alarm"})}), library, shared)
    (note, *_) = page.steps()[0].opening
    assert "Ask a test customer. Did it come?" == note.text


def test_a_blank_in_a_kinds_own_command_is_quoted() -> None:
    """A forgotten blank is no redirection of the shell."""
    use = ActionUse(kind=HttpAction(http="${secrets.SHOP_URL}/m/${look.ids}", text="${each}"))
    assert ["<each>", "https://shop.example/m/<look.ids>"] == [
        word for word in shell(command(use)) if "<" in word
    ]
    assert ("look.ids", "each") == blanks(use)


def test_curl_is_as_patient_as_its_check() -> None:
    """A person who waits longer or shorter than the engine gets another verdict; an author's line is kept."""
    kind = HttpCheck(http="https://x.example", headers={"Note": "a -m 30 b"})
    typed = command(CheckUse(kind=kind, timeout=Duration.parse("45s")))
    assert "curl -sS -i -m 45 -H 'Note: a -m 30 b' 'https://x.example'" == typed
    assert "curl -m 30 x" == command(CheckUse(kind=kind, by_hand="curl -m 30 x"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"matches": "a" * 200}, "matching " + "a" * 200),
        ({"in": ["b" * 90, "c" * 90]}, f'one of ["{"b" * 90}", "{"c" * 90}"]'),
        ({"every": {"name": {"ne": "d" * 200}}}, "every name not " + "d" * 200),
        ("e" * 200, "e" * 200),
        ({"lt": "10s", "ge": 0}, "< 10s and >= 0"),
        ("${look.id}", "<look.id>"),
    ],
)
def test_an_expectation_is_written_out_in_full(data: object, text: str) -> None:
    """A pattern that is cut can neither be typed nor compared."""
    assert text == expected(Matcher.parse(data))


def test_a_text_shows_references_as_names() -> None:
    """No reader has to know the engine's own notation."""
    assert "$TOKEN of <look.id> and ${x}" == said("${secrets.TOKEN} of ${ look.id } and $${x}")


def test_a_value_is_replaced_where_it_was_referred_to_and_nowhere_else() -> None:
    """A header that happens to hold the service's address keeps it."""
    check = CheckUse(kind=HttpCheck(http="${service.url}/a", headers={"Origin": "https://shop.example.com"}))
    page = checked(check, catalogue())
    text = page.steps()[0].doings[0].commands[0].text
    assert "curl -sS -i -m 10 -H 'Origin: https://shop.example.com' \"$SHOP_URL/a\"" == text


def test_a_command_prints_the_time_where_the_check_judges_it() -> None:
    """Else a person holds a clock beside it; where no time is judged, nothing is added."""
    url = "https://shop.example.com/a"
    timed = CheckUse(kind=HttpCheck(http=url), expect={"seconds": Matcher.parse({"lt": 2})})
    assert f"curl -sS -i -m 10 -w '\\n%{{time_total}} s\\n' '{url}'" == command(timed)
    other = CheckUse(kind=HttpCheck(http=url), expect={"status": Matcher.parse(200)})
    assert f"curl -sS -i -m 10 '{url}'" == command(other)
    own = replace(timed, by_hand="curl -sS -m 5 'https://x.example'")
    assert "curl -sS -m 5 'https://x.example'" == command(own)


def test_a_name_that_a_credential_has_is_not_given_to_an_address() -> None:
    """Else the export block would write over the credential: that address is written out, per environment."""
    shared = catalogue(
        services={
            "shop": Service(
                credentials=("SHOP_URL",),
                environments={
                    "production": {"url": "https://a.example"},
                    "staging": {"url": "https://b.example"},
                },
            )
        }
    )
    page = checked(CheckUse(kind=HttpCheck(http="${service.url}/a")), shared)
    assert [("'https://a.example/a'", ("production",)), ("'https://b.example/a'", ("staging",))] == [
        (one.text.split()[-1], one.environments) for one in page.steps()[0].doings[0].commands
    ]
    assert "" == page.block.script


def test_a_required_input_is_a_variable_to_fill_in() -> None:
    """It is exported as a blank in quotes."""
    page = checked(
        CheckUse(kind=HttpCheck(http="https://x.example/${inputs.order-id}")),
        catalogue(environments={"production": Environment()}),
        inputs={"order-id": Input(required=True, pattern="[0-9]+")},
    )
    assert "export ORDER_ID='<order-id>'" == page.block.script


def test_the_address_of_an_mcp_server_is_exported_or_asked_for() -> None:
    """A known address is in the block; one that is itself a credential is only named."""
    check = CheckUse(kind=McpCheck(mcp="fly/fly-status", read_only_because="it prints"))
    held = {"production": Environment(variables={"fly": "https://fly.example/mcp"})}
    known = catalogue(environments=held, mcp={"fly": McpServer(url="${env.fly}")})
    assert "export FLY_MCP_URL=https://fly.example/mcp" == checked(check, known).block.script
    secret = catalogue(environments=held, mcp={"fly": McpServer(url="https://${secrets.FLY_HOST}/mcp")})
    assert [
        'export FLY_MCP_URL="https://$FLY_HOST/mcp"',
        ': "${FLY_HOST:?is not set: needed for look}"',
    ] == checked(check, secret).block.script.split("\n")
    own = catalogue(environments=held)
    assert ': "${FLY_MCP_URL:?is not set: needed for look}"' == checked(check, own).block.script
