"""Every kind of connector, for the configuration; told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from app.connectors.human import HumanConfig
from app.connectors.mailchimp import MailchimpConfig

Kind = Annotated[HumanConfig | MailchimpConfig, Field(discriminator="kind")]
