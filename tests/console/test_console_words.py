"""Whatever code or sentence a page of the console may show has words in Finnish, Swedish and English."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
import yaml

import app
from app.access.schemas import ReleaseOut
from app.breaches.schemas_out import AffectedOut, BreachOut, NoticeEntry
from app.connectors.mailchimp_api import TITLES
from app.connectors.outcome import Outcome
from app.console.phrases import SPOKEN, phrase, phrases, refusal, refusals
from app.console.rendering import DONE
from app.console.words import LANGUAGES, PLACE, Words, waiting
from app.delivery.outcomes import Excuse, Held
from app.errors import Problem
from app.notice.duties import DUTIES
from app.notice.findings import KINDS, Gravity
from app.notice.schemas import DutyOut
from app.policy.abuse import FactKind
from app.policy.breach_facts import BreachNature, Likelihood, Part, Risk, TellingException
from app.policy.breach_facts import Severity as Harm
from app.policy.breaches import Obstacle
from app.policy.holdings import HoldingKind, OpenMatterKind
from app.policy.rectification import Finding
from app.policy.representation import Representing
from app.policy.vocabulary import Unlawfulness
from app.subject_requests.errors import StateForbids
from app.subject_requests.replies import DOWNLOAD
from tests.access.test_codes import literals

RUN = {"access", "breaches", "console", "letters", "subject_requests"}
SOURCES = Path(app.__file__).parent
TEMPLATES = SOURCES / "console" / "templates"
DOCUMENT: dict[str, list[str]] = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
JUDGING = ("erasure", "keeping", "grounds", "retention", "verdicts")
ENDINGS = re.findall(r"`(\w+)`", str(ReleaseOut.model_fields["ended_because"].description))
OPEN = ("decision", "confirmation", "execution", "letter", "recipient", "question", "restriction_lift", DOWNLOAD)


def calls(*folders: str) -> Iterator[tuple[str, list[ast.expr]]]:
    """Every call with its arguments, in these folders of the program."""
    for folder in folders:
        for path in sorted((SOURCES / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield ast.unparse(node.func), node.args


def steps_of_breaches() -> set[str]:
    """What timelines of breaches say."""
    found = {f"people_{outcome}" for outcome in ("told", "unreachable")}
    for name, args in calls("breaches"):
        if name == "note":
            found.update(literals(args[3]))
    return found


def failures() -> set[str]:
    """Why notifications wait or fail, as connectors and the worker say it."""
    found = set(TITLES.values())
    for name, args in calls("connectors", "delivery"):
        if name in {"Later", "Failed", "Held", "Stays"} and args:
            found.update(literals(args[0]))
    return {code for code in found if not code.startswith("http_")}


def gaps(text: str) -> frozenset[str]:
    """What a sentence is filled in with."""
    return frozenset(gap for _, gap, _, _ in Formatter().parse(text) if gap)


def _of(model: Any, member: str) -> tuple[str, ...]:
    return get_args(model.model_fields[member].annotation)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("kind", HoldingKind),
        ("severity", Gravity),
        ("duty", _of(DutyOut, "state")),
        ("finding", Finding),
        ("fact", FactKind),
        ("open", OPEN),
        ("profile", ("as_notice", "by_class")),
        ("link", [*ENDINGS, "works"]),
        ("nature", BreachNature),
        ("authority", _of(BreachOut, "authority")),
        ("persons", _of(BreachOut, "persons")),
        ("breach", _of(BreachOut, "state")),
        ("obstacle", Obstacle),
        ("risk", Risk),
        ("likelihood", Likelihood),
        ("harm", Harm),
        ("telling", TellingException),
        ("part", Part),
        ("audience", _of(NoticeEntry, "audience")),
        ("affected", _of(AffectedOut, "state")),
        ("language", LANGUAGES),
        ("breach_event", steps_of_breaches()),
        ("representing", Representing),
        ("unlawfulness", Unlawfulness),
        ("attempt", [kind.__name__.lower() for kind in (*get_args(Outcome), Excuse, Held)]),
        ("waiting", failures()),
        ("done", DONE),
        ("weekday", map(str, range(7))),
        ("month", map(str, range(1, 13))),
    ],
)
def test_every_code_of_a_vocabulary_has_words(kind: str, values: Iterable[str]) -> None:
    named = {str(value) for value in values}
    assert named
    assert {f"{kind}_{value}" for value in named} - set(DOCUMENT) == set()


def test_every_word_is_there_in_three_languages_and_filled_in_alike() -> None:
    for name, said in DOCUMENT.items():
        assert [bool(text.strip()) for text in said] == [True] * len(LANGUAGES), name
        assert len({gaps(text) for text in said}) == 1, name


def test_templates_and_program_use_no_word_that_is_not_there() -> None:
    texts = [*TEMPLATES.glob("*.html"), *(SOURCES / "console").glob("*.py")]
    used = {name for path in texts for name in re.findall(r'\bwords\("(\w+)"', path.read_text(encoding="utf-8"))}
    assert len(used) > 200
    assert used - set(DOCUMENT) == set()


def sentences() -> set[str]:
    """What the policy says to people: its sentences, with the names of what it fills in."""
    found = set[str]()
    for module in JUDGING:
        tree = ast.parse((SOURCES / "policy" / f"{module}.py").read_text(encoding="utf-8"))
        comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) not in comments | inside:
                text = _text(node)
                found |= {text} if text[:1].isupper() and text[-1:] in {".", "?", "}"} else set()
    return found


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value).rpartition('.')[2]}}}"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_sentence_of_a_verdict_is_in_the_phrase_book() -> None:
    """Read out of the policy itself, so that a new one cannot be forgotten."""
    said = sentences()
    assert "Nothing needs it any more (Art. 5(1)(e))." in said
    assert len(said) > 20
    assert said - set(phrases()) == set()
    assert {one.replace("_", " ") for one in OpenMatterKind} - set(phrases()) == set()
    assert [text for text, both in phrases().items() if {gaps(text)} != {gaps(one) for one in both}] == []


def test_every_finding_and_duty_is_in_the_phrase_book() -> None:
    """But for the texts that the definition itself gives a published defect."""
    said = {text for kind in KINDS.values() for text in (kind.what, kind.remedy)} | {duty.what for duty in DUTIES}
    assert said - set(phrases()) == {"{reason}"}


@pytest.mark.parametrize(
    ("english", "finnish"),
    [
        ("Accounting material must be kept.", "Kirjanpitoaineisto on säilytettävä."),
        ("The contract still needs it: future booking (b-1).", "Sopimus vaatii sitä vielä: tuleva ajanvaraus (b-1)."),
        (
            "A duplicate: the holder of the accounting records keeps the voucher through 2032-12-31 (KPL 2:10 §).",
            "Kaksoiskappale: tositteen säilyttää kirjanpitoaineiston säilyttäjä 31.12.2032 asti (KPL 2:10 §).",
        ),
        ("A reason of my own {with braces}.", "A reason of my own {with braces}."),
    ],
)
def test_a_verdict_in_finnish(english: str, finnish: str) -> None:
    """With what is filled in; what a human wrote stays."""
    assert phrase(english, "fi") == finnish
    assert phrase(english, "en") == english


def test_every_refusal_that_the_console_may_meet_has_a_name() -> None:
    """All of the folders whose functions it runs; what the API alone refuses stays in English."""
    codes = {one.code for one in _below(Problem) if one.__module__.split(".")[1] in RUN}
    assert len(codes) > 50
    assert codes - set(refusals()) == set()
    assert all(len(both) == len(SPOKEN) for both in refusals().values())
    assert refusal(StateForbids(), "sv") == ("Begärans läge tillåter inte detta", "sv")
    assert refusal(StateForbids(), "en") == (StateForbids.title, "en")


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def test_a_code_that_nobody_has_named_is_shown_as_it_is() -> None:
    words = Words("sv")
    assert (words.of("waiting", "new_one"), waiting(words, "http_503")) == ("new_one", "mottagarens tjänst svarade 503")
