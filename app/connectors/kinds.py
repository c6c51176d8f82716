"""Every kind of connector, for the configuration: a union discriminated by `kind`."""

from typing import Annotated

from pydantic import Field

from app.connectors.human import HumanConfig
from app.connectors.mycashflow_config import MyCashflowConfig

Kind = Annotated[
    HumanConfig
    | MyCashflowConfig,
    Field(discriminator="kind"),
]  # fmt: skip
