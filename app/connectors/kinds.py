"""Every kind of connector, for the configuration: a union discriminated by `kind`."""

from typing import Annotated

from pydantic import Field

from app.connectors.digitalbooker import DigitalBookerConfig
from app.connectors.email_task import EmailTaskConfig
from app.connectors.file_drop import FileDropConfig
from app.connectors.human import HumanConfig
from app.connectors.klarna import KlarnaConfig
from app.connectors.mailchimp import MailchimpConfig
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.opendsr import OpenDsrConfig
from app.connectors.paytrail import PaytrailConfig
from app.connectors.tehden import TehdenConfig
from app.connectors.webhook import WebhookConfig

Kind = Annotated[
    HumanConfig
    | EmailTaskConfig
    | FileDropConfig
    | WebhookConfig
    | OpenDsrConfig
    | MailchimpConfig
    | MyCashflowConfig
    | TehdenConfig
    | DigitalBookerConfig
    | KlarnaConfig
    | PaytrailConfig,
    Field(discriminator="kind"),
]  # fmt: skip
