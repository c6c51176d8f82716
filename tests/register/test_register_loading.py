"""`load` reads plain YAML only, and says of every error where it stands."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.register.definition import Definition
from app.register.loading import LARGEST, DefinitionInvalid, bundled, canonical, digest, load
from tests.register.documents import IRISH, edited, irish_shop, lumicos, only_problem, problems


def _line(document: str, text: str) -> int:
    return document[: document.index(text)].count("\n") + 1


def test_an_unknown_key_is_shown_with_a_guess() -> None:
    """A misspelt key is refused at its own line and column, with the key that was probably meant."""
    document = edited(("interests: Establishing and", "intrests: Establishing and"))
    unknown = next(problem for problem in problems(document) if problem.place.endswith("intrests"))
    assert unknown.place == "purposes[4].intrests"
    assert (unknown.line, unknown.column) == (_line(document, "intrests"), 5)
    assert unknown.hint == "did you mean 'interests'?"


def test_a_missing_key_is_shown_where_its_parent_stands() -> None:
    """What is missing is named in full and shown at the part that lacks it."""
    document = edited(("    always_notified: false\n", ""))
    problem = only_problem(document)
    assert (problem.place, problem.message) == ("recipients[0].always_notified", "is missing")
    assert problem.line == _line(document, "code: courier")


def test_a_wrong_value_is_shown_where_it_stands() -> None:
    """A value outside its list is shown at the value, with what is allowed."""
    document = edited(("nature: accounting", "nature: book_keeping"))
    problem = only_problem(document)
    assert problem.place == "purposes[3].nature"
    assert (problem.line, problem.column) == (_line(document, "book_keeping"), 13)
    assert "'legal_claims'" in problem.message


def test_a_contradiction_is_shown_where_it_stands() -> None:
    """Statements that contradict each other are shown at the one to mend, deep in the document."""
    document = edited(("purposes: [order_service, warranty]", "purposes: [order_service, guarantee]"))
    problem = only_problem(document)
    assert problem.place == "categories[1].fields[1].purposes[1]"
    assert (problem.line, problem.column) == (_line(document, "guarantee"), 35)
    assert problem.message == "there is no purpose 'guarantee'"
    assert "warranty" in problem.hint
    assert str(problem).startswith(f"{problem.line}:35: categories[1].fields[1].purposes[1]: there is no")


def test_all_faults_are_told_at_once_in_the_order_of_the_text() -> None:
    """Whoever mends a definition sees every fault, top to bottom."""
    document = edited(("phone_region: IE", "phone_region: ZZ"), ("status: none", "status: perhaps"))
    assert [problem.place for problem in problems(document)] == ["dpo.status", "phone_region"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dpo: {status: none}", "dpo: &d {status: none}", "anchors are not allowed"),
        ("dpo: {status: none}", "dpo: *d", "aliases are not allowed"),
        ("dpo: {status: none}", "dpo: !!map {status: none}", "tags are not allowed"),
        ("dpo: {status: none}", "dpo: {status: none}\ndpo: {status: none}", "the key 'dpo' occurs twice"),
        ("dpo: {status: none}", "dpo: {status: none, status: none}", "the key 'status' occurs twice"),
        ("dpo: {status: none}", "dpo:\n\tstatus: none", "holds a tab"),
        ("dpo: {status: none}", "---\ndpo: {status: none}", "there is more than one document"),
        ("dpo: {status: none}", "dpo: {status: none", "is not YAML"),
        ("dpo: {status: none}", "dpo: {[a]: none}", "a key must be a word"),
        ("dpo: {status: none}", "dpo: " + "[" * 40 + "]" * 40, "is nested more than 20 levels deep"),
    ],
)
def test_only_plain_yaml_is_read(old: str, new: str, message: str) -> None:
    """Anchors, aliases, tags, duplicate keys, tabs, more documents and deep nesting are refused."""
    document = edited((old, new))
    problem = only_problem(document)
    assert problem.message.startswith(message)
    assert abs(problem.line - _line(document, "dpo:")) <= 8


@pytest.mark.parametrize(
    "document",
    [b"\xff\xfe", "\ud800", "", "# nothing", "just a word", "- a\n- b", "a: \x00", "x" * (LARGEST + 1)],
    ids=["bytes", "surrogate", "empty", "comment", "scalar", "list", "control", "large"],
)
def test_what_is_no_definition_is_refused(document: str | bytes) -> None:
    """Whatever the input is, the answer is `DefinitionInvalid` with a place."""
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems(document))


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_input_breaks_the_loader(document: str | bytes) -> None:
    """Arbitrary text and bytes are refused, never answered with another exception."""
    with pytest.raises(DefinitionInvalid):
        load(document)


@given(st.integers(min_value=0, max_value=len(IRISH)), st.text(max_size=3), st.integers(0, 40))
def test_no_damage_breaks_the_loader(position: int, inserted: str, removed: int) -> None:
    """A damaged definition loads or is refused, never anything else, and no message grows long."""
    try:
        load(IRISH[:position] + inserted + IRISH[position + removed :])
    except DefinitionInvalid as invalid:
        for problem in invalid.problems:
            assert len(problem.message) <= 300
            assert problem.line <= IRISH.count("\n") + inserted.count("\n") + 2


def test_a_billion_laughs_is_refused_before_it_grows() -> None:
    """A document of aliases to aliases is refused at the first anchor."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))]
    assert only_problem("\n".join(lines)).message == "anchors are not allowed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("legal_name: Liffey Cycles Limited", "legal_name: {x}"),
        ("email: shop@example.com", "email: {x}"),
        ("time_zone: Europe/Dublin", "time_zone: {x}"),
        ("courier\n    name", "{x}\n    name"),
        ("phone_region: IE", "phone_region: {x}"),
        ("years: 7", "years: {x}"),
        ("dpo:", "{x}:"),
        ("categories: [contact, bicycle, orders, proof]\n\nsources", "categories: [{x}]\n\nsources"),
    ],
)
def test_messages_never_repeat_long_values(old: str, new: str) -> None:
    """A long value stays out of messages, hints and places, so that they are safe to log."""
    secret = "confidential" * 300
    for problem in problems(edited((old, new.replace("{x}", secret)))):
        assert "confidential" * 6 not in str(problem)


def test_plain_scalars_are_the_text_that_was_typed() -> None:
    """`NO` is Norway and not false, a postal code keeps its zeros, a number needs no quotes."""
    document = edited(("postal_code: D00 X000", "postal_code: 00100"))
    register = load(document)
    assert register.controller.address.postal_code == "00100"
    mail = register.recipient("post_room")
    assert mail is not None
    assert mail.country == "NO"
    assert register.retention.accounting.as_notice.years == 7


def test_true_in_place_of_a_text_is_explained() -> None:
    """A plain true or false where a text belongs is refused with the advice to quote it."""
    problem = only_problem(edited(("person_in_charge: Data Protection Lead", "person_in_charge: true")))
    assert problem.hint == "put the value in quotes"


def test_a_list_of_faulty_items_is_not_also_called_empty() -> None:
    """One fault gives one message: a list whose only item is wrong is not reported as too short as well."""
    problem = only_problem(edited(("code: till,", "code: The till,")))
    assert problem.place == "sources[0].code"
    assert "such as order_service" in problem.hint


@pytest.mark.parametrize("register", [lumicos, irish_shop])
def test_the_canonical_form_round_trips(register: Callable[[], Definition]) -> None:
    """The canonical bytes describe the same definition, and are YAML that `load` accepts."""
    definition = register()
    again = Definition.model_validate_json(canonical(definition))
    assert again == definition
    assert load(canonical(definition)) == definition
    assert digest(again) == digest(definition)


def test_the_digest_is_of_the_content() -> None:
    """Comments, order of keys and layout do not change the digest; any value does."""
    reordered = json.dumps(dict(reversed(json.loads(canonical(irish_shop())).items())))
    assert digest(load(reordered)) == digest(irish_shop())
    assert digest(load("# a comment\n" + IRISH)) == digest(irish_shop())
    assert digest(load(edited(("years: 7", "years: 8")))) != digest(irish_shop())


@pytest.mark.parametrize("name", ["../secrets", "nowhere", "", "/etc/passwd", "a.b"])
def test_only_bundled_definitions_are_read(name: str) -> None:
    """A name cannot lead outside the bundled definitions."""
    with pytest.raises(FileNotFoundError):
        bundled(name)
