"""Who answers for the register: controller, contact, data-protection officer, supervisory authority."""

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, EmailStr, StringConstraints, model_validator

from app.register.definition_base import Contradiction, CountryCode, Label, Stated, Text, refuse


class Address(Stated):
    """A postal address."""

    street: Text
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=12)]
    city: Text
    country: CountryCode


class Phone(Stated):
    """A telephone number: as the notice prints it, and as it is dialled and stored (F7)."""

    display: Annotated[str, StringConstraints(min_length=3, max_length=40)]
    e164: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$")]


class Controller(Stated):
    """The controller (Art. 4(7), 13(1)(a)). The business identity code is optional (N26)."""

    legal_name: Text
    business_id: Text | None = None
    address: Address
    phone: Phone
    email: EmailStr


class Contact(Stated):
    """Where requests go and who answers for them, with a substitute (F28-F30, F41).

    Address, telephone and e-mail are the controller's unless given here: they stand in one place (N24).
    """

    person_in_charge: Text
    substitute: Text | None = None
    address: Address | None = None
    phone: Phone | None = None
    email: EmailStr | None = None


class DataProtectionOfficer(Stated):
    """Whether there is a data-protection officer (Art. 37-39), only a contact, or none (F9, N15)."""

    status: Literal["appointed", "contact_only", "none"]
    name: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _named_unless_none(self) -> "DataProtectionOfficer":
        if self.status != "none" and self.name is None:
            refuse("dpo", [Contradiction(("name",), f"is missing although the status is '{self.status}'")])
        if self.status == "none" and self.name is not None:
            refuse("dpo", [Contradiction(("name",), "is given although the status is 'none'")])
        return self


class Authority(Stated):
    """The supervisory authority where a person may complain (Art. 13(2)(d), 77)."""

    name: Label
    url: AnyHttpUrl
    original_link: Text | None = None
    address: Text | None = None
    phone: Text | None = None
    email: EmailStr | None = None
