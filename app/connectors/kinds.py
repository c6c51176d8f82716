"""Every kind of connector, for the configuration; a union discriminated by `kind` as soon as there are two."""

from app.connectors.human import HumanConfig

Kind = HumanConfig
