"""Every kind of connector, for the configuration: one line each."""

from typing import Annotated

from pydantic import Field

from app.connectors.email_task import EmailTaskConfig
from app.connectors.file_drop import FileDropConfig
from app.connectors.human import HumanConfig
from app.connectors.klarna import KlarnaConfig
from app.connectors.mailchimp import MailchimpConfig
from app.connectors.opendsr import OpenDsrConfig
from app.connectors.paytrail import PaytrailConfig
from app.connectors.webhook import WebhookConfig

Kind = Annotated[
    HumanConfig  # one line each
    | EmailTaskConfig
    | FileDropConfig
    | KlarnaConfig
    | MailchimpConfig
    | OpenDsrConfig
    | PaytrailConfig
    | WebhookConfig,
    Field(discriminator="kind"),
]
