"""The configuration of a Mailchimp account: its key, its audiences, and what each of them is for."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.connectors.connector import Configured
from app.connectors.mailchimp_api import Api
from app.connectors.outside import Limits, Link, Outside
from app.connectors.secrets import Secret

_DATA_CENTRE = re.compile(r"[a-z]{2,3}\d{1,3}")

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Tag = Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,50}$")]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError("is no time zone") from None
    return name


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
        raise ValueError("must be https; http only on this machine, for a trial")
    return url


class AudienceConfig(BaseModel):
    """What one audience is for: the purposes of the definition whose mail goes through it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    purposes: Annotated[tuple[str, ...], Field(min_length=1)]
    export: str | None = None
    """The purpose for which people are put into this audience by `seloste mailchimp export`; none: nobody is."""
    marketing_permissions: tuple[Id, ...] = ()
    signing_secrets: tuple[Secret, ...] = ()
    """Of the webhook: then its signature is required. Several while the webhook is replaced."""

    @model_validator(mode="after")
    def _exports_what_it_serves(self) -> "AudienceConfig":
        if self.export is not None and self.export not in self.purposes:
            raise ValueError("export is one of the audience's purposes")
        return self


class MailchimpAccount(Configured):
    """`kind: mailchimp`."""

    kind: Literal["mailchimp"]
    api_key: Secret
    base_url: Annotated[str, AfterValidator(_base)] | None = None
    lists: Literal["all"] | tuple[Id, ...] = "all"
    audiences: Mapping[Id, AudienceConfig] = {}
    stores: tuple[Id, ...] = ()
    store_system: str | None = None
    """The reference system whose ids the connected stores use; customers are also found by address."""
    merge_fields: Mapping[str, Annotated[tuple[Tag, ...], Field(min_length=1, max_length=2)]] = {}
    """Which merge fields hold a field of the register; two tags of a name are first and family name."""
    at_once: Annotated[int, Field(ge=1, le=5)] = 5
    url_secret: Secret | None = None
    """The last part of the webhooks' address; none: webhooks are not taken."""
    fired_at_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """The zone of the webhooks' times, which Mailchimp does not state."""

    @model_validator(mode="after")
    def _usable(self) -> "MailchimpAccount":
        if self.base_url is None and not _DATA_CENTRE.fullmatch(self._data_centre):
            raise ValueError("the API key ends with its data centre, such as -us19")
        if self.url_secret is not None and len(self.url_secret.get_secret_value()) < 20:
            raise ValueError("url_secret has 20 characters or more")
        return self

    @property
    def _data_centre(self) -> str:
        return self.api_key.get_secret_value().rpartition("-")[2]

    def api(self, outside: Outside) -> Api:
        """The API of this account."""
        base = self.base_url or f"https://{self._data_centre}.api.mailchimp.com/3.0"
        auth = ("seloste", self.api_key.get_secret_value())
        return Api(Link(outside, base, Limits(self.at_once), auth))


def serving(account: MailchimpAccount, purposes: Iterable[str]) -> list[str]:
    """The audiences that are described as serving one of these purposes."""
    wanted = set(purposes)
    return [audience for audience, one in account.audiences.items() if not wanted.isdisjoint(one.purposes)]
