"""Values from outside that choose the host."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "outside-value-in-address"
WRONG = [
    (
        """
inputs: {host: {title: Host, required: true, pattern: '[a-z.]+'}}
steps: {a: {check: {http: ▶'https://${inputs.host}/health'}, then: {any: escalated}}}
""",
        "says which host is asked",
    ),
    (
        """
inputs: {shop: {title: Shop, required: true, pattern: '[^ ]+'}}
steps: {a: {check: {http: ▶'https://${inputs.shop}.shops.example/health'}, then: {any: escalated}}}
""",
        "give the input a 'pattern' that only your own hosts match",
    ),
    (
        """
inputs: {host: {title: Host, required: true}}
steps: {a: {check: {http: ▶'https://${inputs.host}/health'}, then: {any: escalated}}}
""",
        "says which host is asked",
    ),
    (
        """
steps:
  a: {check: {http: 'https://x.example'}, then: {any: b}}
  b: {check: {http: ▶'https://${a.json.region}.x.example'}, then: {any: escalated}}
""",
        "${a.json.region} comes from outside",
    ),
    (
        """
steps:
  a: {check: {http: 'https://x.example'}, then: {any: b}}
  b: {check: {tcp: ▶'${a.json.host}:5432'}, then: {any: escalated}}
""",
        "says which host is asked",
    ),
    (
        """
steps:
  a: {check: {http: 'https://x.example'}, then: {any: b}}
  b: {action: {http: ▶'https://${each}/go', irreversible: sent}, for_each: '${a.json.hosts}', then: escalated}
""",
        "${each}",
    ),
]
RIGHT = [
    """
inputs: {shop: {title: Shop, required: true, pattern: '[a-z0-9.-]+'}}
steps: {a: {check: {http: 'https://${inputs.shop}.shops.example/health'}, then: {any: escalated}}}
""",
    r"""
inputs: {host: {title: Host, required: true, pattern: '[a-z]+\.x\.example'}}
steps: {a: {check: {http: 'https://${inputs.host}/health'}, then: {any: escalated}}}
""",
    """
inputs: {id: {title: Id, required: true}}
steps: {a: {check: {http: 'https://x.example/${inputs.id}?q=${inputs.id}'}, then: {any: escalated}}}
""",
    """
service: shop
steps: {a: {check: {http: '${service.url}/health'}, then: {any: b}}, b: {check: {tcp: '${env.db}:1'}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_host_from_outside_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_host_of_the_team_is_in_order(text: str) -> None:
    """A pattern keeps an input to our own; a path and a query are encoded."""
    assert () == found(RULE, text)
