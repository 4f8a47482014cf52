"""Proofs of identity: what holds, what does not, and what cannot be held against anything."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from engine.io.world.proofs import LocalProofs
from engine.kinds.ports import CodeRequest, Message, OneTimeCode, Signature
from tests.needs import program

TEXT = "runbook-approval one#1.consent 3f9a\n"


class Device:
    """An approver's device: keeps what was sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> str:
        """Take a message."""
        self.messages.append(message)
        return "ok"

    async def acknowledged(self, channel: str, dedup_key: str, timeout: float, since: object = None) -> str:
        """Say that nobody did."""
        return ""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two keys."""
    folder = tmp_path_factory.mktemp("home")
    for name, kind in (("ann", "ed25519"), ("eve", "rsa")):
        make = [program("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", f"{name} $(id) laptop"]
        subprocess.run([*make, "-f", folder / name], check=True)
    return folder


def signed(home: Path, name: str, text: str = TEXT, namespace: str = "runbook-approval") -> str:
    """Return a signature."""
    made = subprocess.run(
        [program("ssh-keygen"), "-q", "-Y", "sign", "-n", namespace, "-f", home / name],
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    return made.stdout.decode()


def public(home: Path, name: str) -> str:
    """Return a public key as it stands in its file."""
    return (home / f"{name}.pub").read_text(encoding="utf-8")


def held(proof: Signature | OneTimeCode, device: Device | None = None) -> str:
    """Hold a proof against what is known."""
    proofs = LocalProofs(device or Device(), lambda count: bytes(range(count)))
    return asyncio.run(proofs.verify(proof))


def test_a_signature_by_one_of_the_persons_keys_holds(home: Path) -> None:
    """Whichever of them; comments of keys are never read as anything."""
    keys = (public(home, "eve"), public(home, "ann"))
    for name in ("ann", "eve"):
        assert "" == held(Signature("ann", keys, TEXT, signed(home, name)))


@pytest.mark.parametrize("what", ["text", "key", "namespace", "garbage", "empty"])
def test_a_signature_that_does_not_fit_does_not_hold(home: Path, what: str) -> None:
    """Another text, another key, another purpose, or none at all."""
    signature = {
        "text": lambda: signed(home, "ann", TEXT.replace("3f9a", "3f9b")),
        "key": lambda: signed(home, "eve"),
        "namespace": lambda: signed(home, "ann", namespace="git"),
        "garbage": lambda: "-----BEGIN SSH SIGNATURE-----\nxx\n-----END SSH SIGNATURE-----\n",
        "empty": str,
    }[what]()
    assert "made this signature" in held(Signature("ann", (public(home, "ann"),), TEXT, signature))


def test_who_has_no_key_in_the_catalogue_proves_nothing(home: Path) -> None:
    """And an endless signature is none."""
    assert "the catalogue has no key of ann" == held(Signature("ann", (), TEXT, signed(home, "ann")))
    assert "this is no signature" == held(Signature("ann", (public(home, "ann"),), TEXT, "x" * 30_000))


def test_a_key_of_the_catalogue_cannot_smuggle_in_options(home: Path) -> None:
    """Only its type and its body are used, in one line."""
    hostile = (
        f"{public(home, 'ann').split()[0]} {public(home, 'eve').split()[1]}\nsigner {public(home, 'eve')}"
    )
    assert "" != held(Signature("ann", (hostile,), TEXT, signed(home, "eve")))


def test_a_code_is_read_back_as_people_read_and_counts_only_with_its_own_seal() -> None:
    """Lower case, no dash, an O for a zero: all the same. The seal shows nothing of it."""
    device = Device()
    proofs = LocalProofs(device, lambda count: bytes(range(count)))
    request = CodeRequest("ann", "phone", "key", "Approval", "digest 3f9a")
    sealed = asyncio.run(proofs.send_code(request))
    found = re.search(r"Code: (\w{5}-\w{5})", device.messages[0].body)
    assert found
    assert "01234-56789" == found[1]
    assert "01234" not in sealed
    for said in ("01234-56789", "o1234 56789", "0I234-56789"):
        assert "" == asyncio.run(proofs.verify(OneTimeCode("ann", sealed, said)))
    for said in ("", "01234-5678A", "x" * 10_000, "\ud800"):
        assert "not the one that was sent" in asyncio.run(proofs.verify(OneTimeCode("ann", sealed, said)))
    assert "no code was sent" in asyncio.run(proofs.verify(OneTimeCode("ann", "", "01234-56789")))
