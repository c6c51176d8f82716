"""Secrets of connectors: named in the configuration, held in the environment or in files, never written out."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr


class _From(BaseModel):
    model_config = ConfigDict(extra="forbid")
    env: str | None = None
    file: Path | None = None


def _resolved(given: Any) -> Any:
    if isinstance(given, SecretStr):
        return given
    named = _From.model_validate(given)
    if (named.env is None) == (named.file is None):
        raise ValueError("name the secret's place: {env: VARIABLE} or {file: PATH}")
    if named.env is not None:
        if named.env not in os.environ:
            raise ValueError(f"the environment has no {named.env}")
        return os.environ[named.env]
    try:
        return Path(str(named.file)).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{named.file} cannot be read ({type(error).__name__})") from None


Secret = Annotated[SecretStr, BeforeValidator(_resolved)]
"""`{env: VARIABLE}` or `{file: PATH}` in the configuration; the value itself is refused there."""
