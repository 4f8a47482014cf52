"""The looks at the application's own files: what they find in a manifest and in a schema."""

from __future__ import annotations

import json

import pytest

from engine.kinds.checks.file import FileCheck
from engine.kinds.uses import judge
from engine.kinds.verdicts import Verdict
from tests.content.harness import library
from tests.kinds.checks.test_file import a_file, look

AGREED = {"react-router": "^7.9.1", "openai": "^5.0.0", "llamaindex": "^0.11.0", "@prisma/client": "^6.0.0"}


def judged(name: str, body: bytes) -> Verdict:
    """Return what a check of the catalogue says of a file."""
    use = library().catalogue.checks[name]
    assert isinstance(use.kind, FileCheck)
    return judge(use, look(use.kind, a_file(body)))


def manifest(**dependencies: str) -> bytes:
    """Return a package.json."""
    return json.dumps({"name": "app", "dependencies": dependencies}).encode()


def test_what_was_agreed_on_passes() -> None:
    """React Router 7, OpenAI with LlamaIndex, Prisma."""
    assert "pass" == judged("stack-manifest", manifest(**AGREED)).answer


@pytest.mark.parametrize("version", ["^6.30.0", "~6.0.0", "5.3.4", "^17.0.0", "latest"])
def test_another_version_of_the_router_is_found(version: str) -> None:
    """By its number; a word is no number."""
    found = judged("stack-manifest", manifest(**AGREED | {"react-router": version}))
    assert "fail" == found.answer
    assert "router" in [one.subject for one in found.seen if one.answer == "fail"]


@pytest.mark.parametrize(
    ("package", "fact"),
    [
        ("@remix-run/node", "remix"),
        ("@anthropic-ai/sdk", "anthropic"),
        ("langchain", "langchain"),
        ("redis", "redis"),
        ("ioredis", "ioredis"),
        ("mongodb", "mongodb"),
        ("mysql2", "mysql"),
    ],
)
def test_another_framework_model_or_database_is_found_by_name(package: str, fact: str) -> None:
    """Each by its own fact."""
    found = judged("stack-manifest", manifest(**AGREED, **{package: "1.0.0"}))
    assert ("fail", [fact]) == (found.answer, [one.subject for one in found.seen if one.answer == "fail"])


def test_a_manifest_without_the_router_is_no_pass() -> None:
    """Nor one that is no manifest."""
    assert "pass" != judged("stack-manifest", manifest(openai="1.0.0")).answer
    assert "pass" != judged("stack-manifest", b"<html>").answer


@pytest.mark.parametrize(
    ("provider", "answer"), [("postgresql", "pass"), ("sqlite", "fail"), ("mysql", "fail")]
)
def test_another_datasource_is_found(provider: str, answer: str) -> None:
    """Prisma's schema names one."""
    schema = f'datasource db {{\n  provider = "{provider}"\n  url = env("DATABASE_URL")\n}}\n'
    assert answer == judged("stack-datasource", schema.encode()).answer


FLY_TOML = b"""
app = "hotdash-production"
[env]
SHOPIFY_APP_URL = "https://operators.example"
SCOPES = "read_orders"
[http_service]
internal_port = 3000
auto_stop_machines = "stop"
auto_start_machines = true
min_machines_running = 2
"""


def test_a_configuration_that_keeps_two_machines_awake_passes() -> None:
    """Shopify's names are in it, and its secret is not."""
    assert "pass" == judged("stack-config", FLY_TOML).answer


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        (b"min_machines_running = 2", b"min_machines_running = 1", "least"),
        (b"min_machines_running = 2", b"", "least"),
        (b'"stop"', b'"suspend"', "auto_stop"),
        (b"auto_start_machines = true", b"auto_start_machines = false", "auto_start"),
        (b'SCOPES = "read_orders"', b'SCOPES = ""', "scopes"),
        (b"https://operators", b"http://operators", "url"),
        (b"[http_service]", b'SHOPIFY_API_SECRET = "x"\n[http_service]', "secret"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_named(old: bytes, new: bytes, fact: str) -> None:
    """Each by its own fact."""
    found = judged("stack-config", FLY_TOML.replace(old, new))
    assert ("fail", [fact]) == (found.answer, [one.subject for one in found.seen if one.answer == "fail"])


def test_a_configuration_without_shopifys_names_is_no_pass() -> None:
    """What is absent was not seen."""
    assert "pass" != judged("stack-config", FLY_TOML.replace(b"SHOPIFY_APP_URL", b"APP_URL")).answer
