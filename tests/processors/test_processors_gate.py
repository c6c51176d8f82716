"""The gate: each reason for a refusal, on the bundled definition."""

from dataclasses import replace

import pytest
import yaml

from app.processors.gate import Asked, Stored, about_person, about_recipient, fields_disclosed
from app.register.definition import Definition
from app.register.loading import bundled, load
from tests.register.documents import irish_shop, lumicos

NEWSLETTER = Asked("newsletter", ("contact_details",), ("name", "email"))


def registered(code: str, definition: Definition | None = None) -> Stored:
    recipient = (definition or lumicos()).recipient(code)
    assert recipient is not None
    scope = (frozenset(recipient.purposes), frozenset(recipient.categories), frozenset(recipient.fields))
    return Stored(code, recipient.role, True, *scope)  # noqa: FBT003 (the row as seeded)


def codes(recipient: Stored | None, asked: Asked) -> list[str]:
    return [reason.code for reason in about_recipient(lumicos(), recipient, asked)]


def test_what_the_notice_says_may_go() -> None:
    assert codes(registered("mailchimp"), NEWSLETTER) == []


def test_a_recipient_that_nobody_listed_gets_nothing() -> None:
    assert codes(None, NEWSLETTER) == ["recipient_unlisted"]


def test_a_recipient_in_the_registry_only_is_not_listed() -> None:
    """What the notice does not say, the service does not do (F75)."""
    assert codes(replace(registered("mailchimp"), code="prepared"), NEWSLETTER) == ["recipient_unlisted"]


def test_a_former_recipient_gets_nothing() -> None:
    assert codes(replace(registered("mailchimp"), active=False), NEWSLETTER) == ["recipient_inactive"]


def test_the_student_system_is_blocked_until_its_purpose_is_declared() -> None:
    found = codes(registered("takk"), Asked("student_management", ("contact_details",), None))
    assert found == ["purpose_undeclared", "purpose_pending", "category_not_for_recipient"]


def test_a_purpose_of_another_recipient() -> None:
    found = codes(registered("klarna"), Asked("accounting", ("contact_details",), ("name",)))
    assert found == ["purpose_not_for_recipient"]


def test_the_registry_may_narrow_the_definition_but_not_widen_it() -> None:
    narrowed = replace(registered("mailchimp"), purposes=frozenset({"marketing"}))
    assert codes(narrowed, NEWSLETTER) == ["purpose_not_for_recipient"]
    widened = replace(registered("mailchimp"), purposes=frozenset({"newsletter", "accounting"}))
    assert "purpose_not_for_recipient" in codes(widened, replace(NEWSLETTER, purpose="accounting"))


@pytest.mark.parametrize("role", ["controller", "both", "unknown"])
def test_no_data_leave_for_the_marketing_of_others(role: str) -> None:
    assert codes(replace(registered("mailchimp"), role=role), NEWSLETTER) == ["marketing_outside"]


def test_only_the_fields_that_the_payment_needs() -> None:
    asked = Asked("customer_relationship", ("contact_details",), ("name", "phone"))
    assert codes(registered("paytrail"), asked) == ["field_not_for_recipient"]
    assert codes(registered("klarna"), asked) == []


def test_categories_and_fields_that_do_not_exist() -> None:
    asked = Asked("newsletter", ("contact_details", "dreams"), ("shoe_size",))
    assert codes(registered("mailchimp"), asked) == ["category_undeclared", "field_unknown"]


def test_a_category_of_another_recipient() -> None:
    asked = Asked("newsletter", ("contact_details", "customer_data"), ("email",))
    assert codes(registered("mailchimp"), asked) == ["category_not_for_recipient"]


def test_no_fields_named_means_all_that_the_recipient_may_get() -> None:
    asked = replace(NEWSLETTER, fields=None)
    assert codes(registered("mailchimp"), asked) == []
    assert fields_disclosed(lumicos(), registered("mailchimp"), asked) == ["email", "name"]
    narrower = replace(registered("mailchimp"), fields=frozenset({"email"}))
    assert fields_disclosed(lumicos(), narrower, asked) == ["email"]
    assert fields_disclosed(lumicos(), None, asked) == []


def test_the_erased_and_the_restricted() -> None:
    def found(asked: Asked, *grounds: str, erased: bool = False) -> list[str]:
        return [reason.code for reason in about_person(lumicos(), asked, erased=erased, grounds=grounds)]

    assert found(NEWSLETTER) == []
    assert found(NEWSLETTER, erased=True) == ["customer_erased"]
    assert found(NEWSLETTER, "18(1)(a)") == ["customer_restricted"]
    assert found(replace(NEWSLETTER, purpose="accounting"), "18(1)(a)") == []


def test_every_listed_recipient_of_every_definition_may_get_what_is_declared() -> None:
    for definition in (lumicos(), irish_shop()):
        for recipient in definition.recipients:
            for purpose in definition.purposes:
                if purpose.code not in recipient.purposes or (purpose.is_marketing and recipient.role != "processor"):
                    continue
                categories = tuple(code for code in recipient.categories if code in purpose.categories)
                asked = Asked(purpose.code, categories, None)
                assert about_recipient(definition, registered(recipient.code, definition), asked) == []


def with_student_management() -> Definition:
    """What the controller writes when it declares the purpose that its notice mentions only in passing."""
    document = yaml.safe_load(bundled())
    [takk] = [one for one in document["recipients"] if one["code"] == "takk"]
    del takk["pending_purposes"]
    takk |= {"purposes": ["student_management"], "categories": ["contact_details"], "fields": ["name", "email"]}
    label = {"fi": "Opiskelijahallinto", "sv": "Studerandeförvaltning", "en": "Student management"}
    purpose = {"code": "student_management", "label": label, "basis": "6(1)(b)", "nature": "service"}
    document["purposes"].append({**purpose, "categories": ["contact_details"], "recipients": ["takk"]})
    return load(yaml.safe_dump(document, allow_unicode=True))


def test_the_student_system_is_open_once_the_definition_names_its_purpose() -> None:
    """For that purpose and those categories only (N31)."""
    named = with_student_management()
    takk = registered("takk", named)
    asked = Asked("student_management", ("contact_details",), ("name", "email"))
    assert about_recipient(named, takk, asked) == []
    assert fields_disclosed(named, takk, Asked("student_management", ("contact_details",), None)) == ["email", "name"]
    beyond = about_recipient(named, takk, replace(asked, categories=("contact_details", "customer_data")))
    assert [reason.code for reason in beyond] == ["category_not_for_recipient"]
    assert [one.code for one in about_recipient(named, takk, replace(asked, purpose="accounting"))] == [
        "purpose_not_for_recipient"
    ]
