"""Whatever code a section may show has words: acts, objects and steps as the program writes them, states and kinds."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

import app
from app.access.labels import labels
from app.auth.roles import Role
from app.consents.schemas import Action, CollectedVia
from app.console.words import Words, coded
from app.customers.schemas import InteractionKind, Kind
from app.customers.suppression import Origin
from app.customers.tables_audiences import MemberState, Undeliverable
from app.customers.tables_tellings import TellingChannel
from app.letters.schemas import Means
from app.policy.abuse import Finding, Measure
from app.policy.breach_facts import BreachNature
from app.policy.deadlines import Ending, PauseKind
from app.policy.identification import Level
from app.policy.letters import LetterKind
from app.policy.mechanisms import Mechanism
from app.policy.rectification import Settled
from app.policy.requests import State
from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, Material, RestrictionGround, Right
from app.processors.schemas import ProcessorRole
from app.processors.schemas_disclosures import DisclosureChannel
from app.processors.schemas_disclosures import Outcome as Disclosed
from app.subject_requests import deaths, questions
from app.subject_requests.repository_inactivity import OWN_INITIATIVE
from app.subject_requests.schemas import IntakeChannel, Outcome, RefusalGround
from app.subject_requests.schemas_inactivity import InactivityDecisionIn, ProposalState
from app.subject_requests.schemas_people import DeathIn, FeeOutcomeIn
from app.subject_requests.schemas_rights import BalancingIn, LiftIn
from app.tellings.schemas import What

SOURCES = Path(app.__file__).parent
ACT_AT = {"op.audit": 1, "each.audit": 1, "Operation.audit": 2, "op.event": 0, "letters.audit": 3, "audit": 3}
"""Where the act stands among the arguments of what writes the trail; its object is behind it, or told by `OBJECT`."""
OBJECT = {"letters.audit": "letter", "audit": "subject_request"}
STEP_AT = {"move": 4, "note": 3, "_note": 3}
"""The same for the timeline of a request."""
WRITES = re.compile(rf"\b({'|'.join({name.rpartition('.')[2] for name in (*ACT_AT, *STEP_AT)})})\(|\"request_id\"")
NOBODYS = frozenset(
    {"processor", "agreement", "transfer", "transfer_assessment", "api_client", "register", "wording", "change"}
    | {"transfer_check", "adequacy_lapse", "sub_processor"}
    | {"notice", "authority_file", "console_session"}
    | {"calendar_feed", "digest", "suppression_review", "inactivity_decision", "redaction", "release"}
)
"""Objects of which an audit row names no person, so that no reply shows it."""
WORKED_OUT = {
    *(f"{kind}_asked" for kind in PauseKind),
    *(f"{PauseKind.IDENTITY}_{end}" for end in ("known", *questions.EVENTS.values())),
    *(f"{PauseKind.CLARIFICATION}_{end}" for end in ("given", *questions.EVENTS.values())),
    *(f"fee_{outcome}" for outcome in get_args(FeeOutcomeIn.model_fields["outcome"].annotation)),
    deaths.ENDED,
}
"""Steps that no literal names."""


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """What the program is written of, by folder, wherever it may write to trail or timeline."""
    found: list[tuple[str, ast.AST]] = []
    for path in sorted(SOURCES.rglob("*.py")):
        folder, text = path.relative_to(SOURCES).parts[0], path.read_text(encoding="utf-8")
        if WRITES.search(text):
            found += [(folder, node) for node in ast.walk(ast.parse(text))]
    return found


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call, with the folder it is in and the name of what is called."""
    return [(folder, dotted(node.func), node) for folder, node in nodes() if isinstance(node, ast.Call)]


def dotted(called: ast.expr) -> str:
    """The name as it is written; of what is no name, its last part alone."""
    if isinstance(called, ast.Attribute):
        return f"{dotted(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def literals(node: ast.AST | None) -> list[str]:
    """The strings that an expression may be, if it says them."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def trail() -> tuple[set[str], set[str]]:
    """The acts and the objects that audit rows about people say."""
    acts, objects = set(get_args(Action)) | {"put", "register"}, set[str]()
    for _, name, node in calls():
        if name in ACT_AT and len(node.args) > ACT_AT[name]:
            act, *behind = node.args[ACT_AT[name] :]
            about = [OBJECT[name]] if name in OBJECT else literals(behind[0] if behind else None)
            if not set(about) & NOBODYS:
                acts.update(literals(act))
                objects.update(about)
    return acts, objects


def every_act() -> set[str]:
    """Those of rows that name no person, too."""
    found = set[str]()
    for _, name, node in calls():
        if name in ACT_AT and len(node.args) > ACT_AT[name]:
            found.update(literals(node.args[ACT_AT[name]]))
    return found


def steps() -> set[str]:
    """The steps that timelines of requests say."""
    found = set(WORKED_OUT)
    for folder, name, node in calls():
        if folder != "breaches" and name in STEP_AT and len(node.args) > STEP_AT[name]:
            found.update(literals(node.args[STEP_AT[name]]))
    for _, part in nodes():
        if isinstance(part, ast.Dict):
            pairs = zip(part.keys, part.values, strict=True)
            told = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            if {"request_id", "at", "client_id"} <= set(told) or {"request_id", "at", "state"} <= set(told):
                found.update(literals(told.get("kind")))
    return found


def test_every_act_object_and_step_has_words() -> None:
    """Read out of the program itself, so that a new one cannot be forgotten."""
    acts, objects, said = *trail(), steps()
    known = labels().codes

    assert {"issue_letter", "decide", "propose", "tell", "replay"} <= acts
    assert {"letter", "breach", "subject_request"} <= objects
    assert {"letter_issued", "letter_sent", "relinked", "proposed", "breach_reported", "replayed"} <= said
    assert acts - set(known["action"]) == set()
    assert objects - set(known["entity"]) == set()
    assert said - set(known["event"]) == set()
    for language in ("fi", "sv"):  # what no reply shows, the console's trail does
        words = Words(language)
        assert {one for one in objects | NOBODYS if coded(words, "entity", one) == one} == set()
        assert {act for act in every_act() if coded(words, "action", act) == act} == set()


def _of(model: Any, member: str) -> tuple[str, ...]:
    return get_args(model.model_fields[member].annotation)


@pytest.mark.parametrize(
    ("codes", "values"),
    [
        ("state", State),
        ("right", Right),
        ("ground", [*ErasureGround, *ErasureException, *RestrictionGround]),
        ("basis", LegalBasis),
        ("mechanism", [*Mechanism, "none"]),
        ("refusal", get_args(RefusalGround)),
        ("outcome", [*get_args(Outcome), *get_args(Disclosed), "done", "restricted", "skipped"]),
        ("identity", Level),
        ("question", PauseKind),
        ("ending", Ending),
        ("contested", ["contested", *get_args(Settled)]),
        ("objection", ["pending", "withdrawn", *_of(BalancingIn, "outcome")]),
        ("proposal", get_args(ProposalState)),
        ("ending_outcome", _of(InactivityDecisionIn, "outcome")),
        ("nature", BreachNature),
        ("letter", LetterKind),
        ("channel", [*get_args(IntakeChannel), *get_args(Means), *get_args(DisclosureChannel), *_of(LiftIn, "how")]),
        ("channel", [OWN_INITIATIVE]),
        ("origin", get_args(Origin)),
        ("channel", get_args(TellingChannel)),
        ("telling", get_args(What)),
        ("audience_state", get_args(MemberState)),
        ("undeliverable", get_args(Undeliverable)),
        (
            "told",
            ["registered", "rectified", "restricted", "unrestricted", "banned", "withdrawn", "deceased", "erased"],
        ),
        ("reporter", _of(DeathIn, "reported_by_role")),
        ("role", Role),
        ("recipient_role", get_args(ProcessorRole)),
        ("via", get_args(CollectedVia)),
        ("kind", get_args(Kind)),
        ("interaction", get_args(InteractionKind)),
        ("material", Material),
        ("measure", Measure),
        ("finding", Finding),
    ],
)
def test_every_declared_code_has_words(codes: str, values: Iterable[str]) -> None:
    """A list of codes says whatever the program may store in the fields that it explains."""
    assert {str(value) for value in values} - set(labels().codes[codes]) == set()
