"""The agent service's process: health, the approvals queue, and the webhook that runs the model.

The whole model run happens inside the webhook request, and the RAG call has no timeout: a hanging LlamaIndex
server hangs the webhook. /health depends on nothing. Approvals live in Postgres when PG_URL is set, else in
files on a disk that a restart wipes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from engine.estate.identifiers import digest
from engine.estate.memory import AgentMemory, Approval
from engine.estate.surroundings import Surroundings
from engine.estate.wire import Reply, Request, broken, json_reply, mapping, number, text, text_reply
from engine.kinds.values import Instant, Json

OPENAI_SECONDS = 4.6
RAG_SECONDS = 0.4
SLOW = "approvals-slow"
FAULTS: Mapping[str, str] = {
    SLOW: "The list of approvals takes `seconds` (31) longer, and /health of the same process does not."
}
_DECIDE = re.compile(r"/approvals/([^/]+)/([^/]+)/([^/]+)\Z")


def handle(
    memory: AgentMemory, request: Request, now: float, around: Surroundings
) -> tuple[AgentMemory, Reply]:
    """Answer one request; rows for Postgres are left in `wrote`."""
    memory = replace(memory, wrote=())
    match request.method, request.path:
        case "GET", "/health":
            return memory, _health(now)
        case "GET", "/approvals":
            return memory, _approvals(memory, around)
        case "POST", "/webhooks/chatwoot":
            return _webhook(memory, request, now, around)
        case "POST", path if found := _DECIDE.match(path):
            return memory, _decide(memory, around, found)
        case _:
            return memory, text_reply(404, f"Cannot {request.method} {request.path}")


def _health(now: float) -> Reply:
    return json_reply(
        200,
        {"status": "ok", "service": "agent-service", "version": "1.0.0", "timestamp": str(Instant(now))},
    )


def _stored(memory: AgentMemory, around: Surroundings) -> tuple[Approval, ...] | None:
    """Return the approvals, or None when the database does not answer."""
    if "PG_URL" not in around.secrets:
        return memory.files
    return around.rows if around.database else None


def _database_away() -> Reply:
    return json_reply(500, {"error": "connect ECONNREFUSED: database is not reachable"}, after=2.0)


def _approvals(memory: AgentMemory, around: Surroundings) -> Reply:
    stored = _stored(memory, around)
    if stored is None:
        return _database_away()
    return json_reply(200, [approval.plain() for approval in stored], after=0.06 + around.approvals_seconds)


def _webhook(
    memory: AgentMemory, request: Request, now: float, around: Surroundings
) -> tuple[AgentMemory, Reply]:
    event = mapping(request.json())
    conversation = int(number(mapping(event.get("conversation")).get("id"), 0))
    content = text(event.get("content"))
    reason = _harmless(event, conversation, content)
    if reason:
        return memory, json_reply(200, {"ignored": True, "reason": reason})
    if around.rag == "hang":
        return memory, broken("hang")
    if around.openai != "ok" or "OPENAI_API_KEY" not in around.secrets:
        said = {
            "quota": "429 You exceeded your current quota, please check your plan and billing details.",
            "outage": "503 The server is overloaded or not ready yet.",
        }.get(around.openai, "401 Incorrect API key provided.")
        return memory, json_reply(500, {"error": said}, after=1.2)
    seconds = OPENAI_SECONDS + RAG_SECONDS
    if "cancel" not in content.lower():
        draft = "Thank you for your message. A colleague will confirm this reply."
        done: dict[str, Json] = {"status": "draft_ready", "conversationId": conversation, "draft": draft}
        return memory, json_reply(200, done, after=seconds)
    approval = Approval(
        digest("approval", conversation, now)[:12], conversation, now, "shopify_cancel_order", content
    )
    if _stored(memory, around) is None:
        return memory, _database_away()
    if "PG_URL" in around.secrets:
        memory = replace(memory, wrote=(approval,))
    else:
        memory = replace(memory, files=(*memory.files, approval))
    waiting: dict[str, Json] = {
        "status": "pending_approval",
        "conversationId": conversation,
        "interruptions": approval.plain()["pending"],
    }
    return memory, json_reply(200, waiting, after=seconds)


def _harmless(event: Mapping[str, Json], conversation: int, content: str) -> str:
    """Return why an event runs no model, or an empty string when it does."""
    if event.get("event") != "message_created":
        return "event is not message_created"
    sender = mapping(event.get("sender"))
    if event.get("message_type") != 0 and sender.get("type") != "contact":
        return "message is not from a contact"
    if not conversation or not content:
        return "conversation id or content is missing"
    return ""


def _decide(memory: AgentMemory, around: Surroundings, found: re.Match[str]) -> Reply:
    stored = _stored(memory, around)
    if stored is None:
        return _database_away()
    if not any(approval.id == found[1] for approval in stored):
        return json_reply(404, {"error": "Approval not found"})
    if found[2] != "0":
        return json_reply(400, {"error": "Invalid interruption index"})
    verdict = "approved" if found[3] == "approve" else "rejected"  # whatever is not approve is a rejection
    return json_reply(200, {"status": "complete", "finalOutput": f"The action was {verdict}."}, after=2.5)
