"""The Mailchimp accounts of the configuration, by the recipient of the definition that each of them is."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.connectors.configuration import Connectors
from app.connectors.mailchimp_config import MailchimpAccount
from app.mailchimp.errors import AudienceUnknown, HookNotFound


@dataclass(frozen=True, slots=True)
class Accounts:
    """None, one or several."""

    by_recipient: Mapping[str, MailchimpAccount] = field(default_factory=dict)

    @classmethod
    def of(cls, connectors: Connectors) -> "Accounts":
        """Those among the configured connectors."""
        found = {code: one for code, one in connectors.connectors.items() if isinstance(one, MailchimpAccount)}
        return cls(found)

    def behind(self, secret: str) -> tuple[str, MailchimpAccount]:
        """The account whose webhooks come to this address; raises `HookNotFound`. Compared in constant time."""
        match = None
        for recipient, account in self.by_recipient.items():
            held = account.url_secret
            if held is not None and hmac.compare_digest(held.get_secret_value().encode(), secret.encode()):
                match = recipient, account
        if match is None:
            raise HookNotFound
        return match

    def purposes(self, recipient: str, audience: str) -> tuple[str, ...]:
        """What an audience is for; raises `AudienceUnknown`."""
        account = self.by_recipient.get(recipient)
        described = None if account is None else account.audiences.get(audience)
        if described is None:
            raise AudienceUnknown
        return described.purposes
