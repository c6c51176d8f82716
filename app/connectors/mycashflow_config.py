"""The configuration of MyCashflow: `kind: mycashflow`. Its field names come from the shop's own documentation."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.connectors.addresses import BaseUrl
from app.connectors.connector import Configured, Connector
from app.connectors.field_map import FieldPath, Mapped, PersonFields, Stop, Switch
from app.connectors.outside import Outside
from app.connectors.secrets import Secret

System = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
LINE_FIELDS = frozenset({"title", "quantity", "price", "vat"})
ORDER_FIELDS = frozenset(
    {
        "order", "ordered", "booked", "customer", "first", "last", "name", "email", "phone", "street", "postal_code",
        "city", "country", "total", "currency", "voucher", "corrects", "provider", "method", "paid", "delivered",
        "cancelled", "group",
    }
)  # fmt: skip
KNOWN: Mapping[str, FieldPath] = {
    "order": "id",
    "ordered": "created_at",
    "customer": "customer_id",
    "first": "customer_information.first_name",
    "last": "customer_information.last_name",
    "email": "customer_information.email",
    "phone": "customer_information.phone",
    "street": "customer_information.street_address",
    "postal_code": "customer_information.postal_code",
    "city": "customer_information.city",
    "country": "customer_information.country",
}
"""Members of an order that clients of the interface have been seen to read; `fields` adds to them or replaces them."""


class CustomersIn(Mapped):
    """Customers are read: `created` says when somebody opened the account, `updated` lets a reading be incremental."""

    created: FieldPath
    updated: FieldPath | None = None
    expand: str = "customer_groups"


class OrdersIn(Mapped):
    """Orders are read: where their members are, and where the vouchers of the sales are kept (KPL 2:10 §)."""

    fields: Mapping[str, FieldPath] = {}
    lines: FieldPath
    line_fields: Mapping[str, FieldPath]
    updated: FieldPath = "updated_at"
    status: FieldPath = "status"
    completed_is_delivered: bool = False
    expand: str = "payments,products,shipments"
    record: Literal["here", "elsewhere"] = "elsewhere"
    holder: str | None = "MyCashflow"
    material: Literal["voucher", "oss", "unclassified"] = "unclassified"
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
    vat_rate: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.fields.keys() <= ORDER_FIELDS and self.line_fields.keys() <= LINE_FIELDS):
            raise ValueError("fields or line_fields name a field that an order does not have")
        if "price" not in self.line_fields:
            raise ValueError("line_fields must say where the price is")
        if (self.record == "elsewhere") != (self.holder is not None):
            raise ValueError("holder names who keeps vouchers recorded elsewhere, and only those")
        return self

    @property
    def places(self) -> dict[str, FieldPath]:
        """Every member of an order with its place."""
        return {**KNOWN, **self.fields}


class Inbound(Mapped):
    """What the register reads of the shop by itself."""

    source: str = "customer_relationship"
    language: str = "fi"
    time_zone: str = "Europe/Helsinki"
    overlap_minutes: Annotated[int, Field(ge=0, le=7 * 1440)] = 15
    page_size: Annotated[int, Field(ge=1, le=500)] = 100
    every_minutes: Annotated[float, Field(gt=0, le=7 * 1440)] = 15
    customers: CustomersIn | None = None
    orders: OrdersIn | None = None


class Webhooks(Mapped):
    """Messages of the shop; whichever check is asked beyond the secret in the address, they only make us look."""

    secret: Secret
    check: Literal["url_secret", "uuid", "hmac"] = "url_secret"
    uuids: tuple[Secret, ...] = ()
    header: str | None = None
    topic: FieldPath = "topic"
    id: FieldPath = "data.id"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.secret.get_secret_value()) < 24:
            raise ValueError("secret must have 24 characters at least")
        if self.check != "url_secret" and not self.uuids:
            raise ValueError("uuids holds what the shop answered when the webhooks were made")
        if self.check == "hmac" and self.header is None:
            raise ValueError("header names the one that carries the signature")
        return self


class MyCashflowConfig(Configured):
    """`kind: mycashflow`."""

    kind: Literal["mycashflow"]
    base_url: BaseUrl
    email: Secret
    api_key: Secret
    per_second: Annotated[float, Field(gt=0, le=50)] = 2.0
    system: System = "mycashflow"
    customer_fields: PersonFields = PersonFields()
    restriction: Switch | None = None
    stops: tuple[Stop, ...] = ()
    most_pages: Annotated[int, Field(ge=1, le=10_000)] = 200
    look_after_hours: Annotated[float, Field(gt=0, le=24 * 14)] = 12
    inbound: Inbound | None = None
    webhooks: Webhooks | None = None

    @model_validator(mode="after")
    def _customers_are_mapped(self) -> Self:
        if self.inbound and self.inbound.customers and not self.customer_fields.email:
            raise ValueError("customers cannot be read before customer_fields says where their e-mail address is")
        return self

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """The shop's connector."""
        from app.connectors.mycashflow import MyCashflow  # noqa: PLC0415 (the connector reads its configuration)

        return MyCashflow(self, outside)
