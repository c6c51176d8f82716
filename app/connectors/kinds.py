"""Every kind of connector, for the configuration: a union discriminated by `kind`."""

from typing import Annotated

from pydantic import Field

from app.connectors.digitalbooker import DigitalBookerConfig
from app.connectors.human import HumanConfig
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.tehden import TehdenConfig

Kind = Annotated[
    HumanConfig
    | MyCashflowConfig
    | TehdenConfig
    | DigitalBookerConfig,
    Field(discriminator="kind"),
]  # fmt: skip
