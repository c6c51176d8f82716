"""The register definition: one document from which both the notice and the service's conduct follow.

Pure data. A `Definition` that exists is consistent: contradictions between its parts are refused when it is
made.
"""

import zoneinfo
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

import phonenumbers
from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.policy import retention as policy_retention
from app.policy.holdings import ClaimsWindow
from app.register.definition_attributes import Attribute, attribute_model, validate_attributes
from app.register.definition_base import Code, CountryCode, Label, LanguageCode, Stated, refuse
from app.register.definition_calendar import FinancialYears, HolidayCalendar, PublicHolidays
from app.register.definition_categories import Category
from app.register.definition_checks import contradictions
from app.register.definition_controller import (
    Address,
    Authority,
    Contact,
    Controller,
    DataProtectionOfficer,
    Phone,
)
from app.register.definition_notice import Correction, NoticeTexts, RightOffered, Undertaking
from app.register.definition_purposes import Purpose, Source
from app.register.definition_recipients import Recipient, Transfers
from app.register.definition_requests import SubjectRequests
from app.register.definition_retention import Retention


def _time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError("time_zone", "is not a time zone such as Europe/Helsinki") from None
    return name


def _phone_region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise PydanticCustomError("phone_region", "is not a country with telephone numbers, such as FI")
    return code


class Definition(Stated):
    """One controller's customer register, complete and free of contradictions."""

    name: Code
    title: Label
    controller: Controller
    contact: Contact
    dpo: DataProtectionOfficer
    authority: Authority
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    time_zone: Annotated[str, AfterValidator(_time_zone)]
    phone_region: Annotated[CountryCode, AfterValidator(_phone_region)]
    holiday_calendar: HolidayCalendar
    financial_years: FinancialYears
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    recipients: tuple[Recipient, ...]
    transfers: Transfers
    retention: Retention
    return_window_days: Annotated[int, Field(ge=0, le=365)]
    minimum_consent_age: Annotated[int, Field(ge=13, le=16)]
    rights: tuple[RightOffered, ...]
    subject_requests: SubjectRequests = SubjectRequests()
    undertakings: tuple[Undertaking, ...] = ()
    corrections: tuple[Correction, ...] = ()
    notice: NoticeTexts = NoticeTexts()

    @model_validator(mode="after")
    def _is_free_of_contradictions(self) -> Self:
        refuse(self.name, contradictions(self))
        return self

    def purpose(self, code: str) -> Purpose | None:
        """The declared purpose, or None: what is not declared is not served (F18)."""
        return self._purposes.get(code)

    def category(self, code: str) -> Category | None:
        """The declared category, or None."""
        return next((category for category in self.categories if category.code == code), None)

    def source(self, code: str) -> Source | None:
        """The declared regular source, or None: anything else is an exception with a reason (F62)."""
        return next((source for source in self.sources if source.code == code), None)

    def recipient(self, name: str) -> Recipient | None:
        """The recipient by code or by any of its names, whatever the case; None if it is not listed (F75)."""
        return self._recipients.get(name.strip().casefold())

    @property
    def default_language(self) -> str:
        """The language that every label has."""
        return self.languages[0]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The controller's time zone, in which months and days are counted."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @cached_property
    def consent_purposes(self) -> tuple[Purpose, ...]:
        """The purposes that rest on consent (Art. 6(1)(a))."""
        return tuple(purpose for purpose in self.purposes if purpose.needs_consent)

    @cached_property
    def marketing_purposes(self) -> tuple[Purpose, ...]:
        """The purposes that a marketing ban stops (Art. 21(2)-(3))."""
        return tuple(purpose for purpose in self.purposes if purpose.is_marketing)

    @cached_property
    def contact_fields(self) -> frozenset[str]:
        """The built-in contact fields that are switched on."""
        return frozenset(name for category in self.categories for name in category.contact_fields)

    @cached_property
    def records(self) -> frozenset[str]:
        """The kinds of record that are switched on: purchases, vouchers, bookings, consents and so on."""
        return frozenset(kind for category in self.categories for kind in category.records)

    @property
    def request_address(self) -> Address:
        """Where requests go by post (F28): the contact's address, or the controller's."""
        return self.contact.address or self.controller.address

    @property
    def request_phone(self) -> Phone:
        """Where requests go by telephone (F29)."""
        return self.contact.phone or self.controller.phone

    @property
    def request_email(self) -> str:
        """Where requests go by e-mail (F30)."""
        return self.contact.email or self.controller.email

    def holidays(self) -> PublicHolidays:
        """The public holidays, for `policy.deadlines`."""
        return self.holiday_calendar.holidays()

    def policy_financial_years(self) -> policy_retention.FinancialYears:
        """The financial years, for `policy.retention`."""
        return self.financial_years.policy()

    def accounting_rules(self) -> policy_retention.AccountingRules:
        """The accounting periods and the profile that binds, for `policy.retention`."""
        return self.retention.accounting.rules()

    def claims_window(self) -> ClaimsWindow:
        """The limitation period and whether its necessity was assessed, for `policy.keeping`."""
        return self.retention.claims_window()

    def attribute_model(self) -> type[BaseModel]:
        """The model of the further fields that this controller declares; it refuses all others (F26)."""
        return self._attribute_model

    def validate_attributes(self, attributes: Mapping[str, Any]) -> dict[str, Attribute]:
        """The attributes in their stored form; raises `AttributesInvalid`, which never repeats a value."""
        return validate_attributes(self._attribute_model, attributes)

    @cached_property
    def _attribute_model(self) -> type[BaseModel]:
        return attribute_model(field for category in self.categories for field in category.extra_fields)

    @cached_property
    def _purposes(self) -> dict[str, Purpose]:
        return {purpose.code: purpose for purpose in self.purposes}

    @cached_property
    def _recipients(self) -> dict[str, Recipient]:
        return {name.casefold(): r for r in self.recipients for name in (*r.names, r.code)}
