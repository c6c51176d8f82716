"""The file that SELOSTE_CONNECTORS names: for each recipient of the definition how it is reached."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from app.connectors.connector import Connector, ConnectorsInvalid
from app.connectors.human import ByHuman
from app.connectors.kinds import Kind
from app.connectors.outside import Outside

MAX_BYTES = 1024 * 1024


class Connectors(BaseModel):
    """`connectors: {recipient code: {kind: …}}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    connectors: dict[str, Kind] = {}

    def connect(self, outside: Outside) -> dict[str, Connector]:
        """The connectors, by recipient; raises `ConnectorsInvalid`."""
        return {recipient: one.connect(recipient, outside) for recipient, one in self.connectors.items()}


def load_connectors(path: Path | None) -> Connectors:
    """Read the file; none means that humans tell every recipient. Raises `ConnectorsInvalid`."""
    if path is None:
        return Connectors()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConnectorsInvalid(f"{path.name} is larger than {MAX_BYTES} bytes")
        document: Any = yaml.safe_load(path.read_text("utf-8"))
        return Connectors.model_validate(document or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConnectorsInvalid(f"{path.name} cannot be read ({type(error).__name__})") from None
    except ValidationError as error:
        places = "; ".join(map(_said, error.errors(include_input=False)))
        raise ConnectorsInvalid(f"{path.name}: {places}") from None


def _said(error: ErrorDetails) -> str:
    """Where it is wrong and how; of an unknown kind the library would repeat what was written."""
    unknown = error["type"] == "union_tag_invalid"
    how = f"kind is none of {error['ctx']['expected_tags']}" if unknown else error["msg"]
    return f"{'.'.join(map(str, error['loc']))}: {how}"


def connector_for(connected: dict[str, Connector], recipient: str) -> Connector:
    """The recipient's connector; a human where none is configured."""
    return connected.get(recipient) or ByHuman()
