"""One frozen Settings, read from the environment in `main` or the CLI and passed down."""

import os
from email.errors import HeaderParseError
from email.headerregistry import Address
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.mail import relay_of

DEFAULT_DATABASE_URL = "sqlite:///var/seloste.db"


def _networks(value: str | None) -> str | None:
    """Addresses and networks; never `*`, with which every caller could claim any address."""
    for each in (value or "").split(","):
        if each.strip():
            ip_network(each.strip())
    return value


def _relay(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        relay_of(value.get_secret_value())
    return value


def _mailbox(value: str | None) -> str | None:
    """An address as it stands in a message, without a name."""
    try:
        return value and Address(addr_spec=value).addr_spec
    except (HeaderParseError, IndexError, ValueError):
        raise ValueError("must be an e-mail address") from None


def _issuer(value: str | None) -> str | None:
    """HTTPS, or this machine: whoever stands between could sign in as anybody."""
    asked = urlsplit(value or "")
    if value and asked.scheme != "https" and asked.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("must begin with https://")
    return value and value.rstrip("/")


FROM_FILES = {
    "DATABASE_URL": "database_url",
    "SELOSTE_BOOTSTRAP_ADMIN_TOKEN": "bootstrap_admin_token",
    "SELOSTE_SMTP_URL": "smtp_url",
    "SELOSTE_OIDC_CLIENT_SECRET": "oidc_client_secret",
}
"""Variables that hold secrets; each may name a file instead by its name with _FILE, as orchestrators mount secrets."""


def _read(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{variable}_FILE: cannot be read ({type(error).__name__})") from None


class Settings(BaseSettings):
    """What differs between installations; every field is an environment variable (README, "Settings")."""

    model_config = SettingsConfigDict(
        env_prefix="SELOSTE_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, Field(validation_alias=AliasChoices("DATABASE_URL", "database_url"))] = (
        DEFAULT_DATABASE_URL
    )
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str | None = None
    register_file: Annotated[Path | None, Field(validation_alias=AliasChoices("SELOSTE_REGISTER", "register_file"))] = (
        None
    )
    bootstrap_admin_token: SecretStr | None = None
    secret_file: Path = Path("var/seloste.secret")
    ledger_file: Annotated[Path | None, Field(validation_alias=AliasChoices("SELOSTE_LEDGER", "ledger_file"))] = None
    connectors_file: Annotated[
        Path | None, Field(validation_alias=AliasChoices("SELOSTE_CONNECTORS", "connectors_file"))
    ] = None
    delivery_lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 300
    connectors_reach_private: bool = False
    execution_delay_hours: Annotated[float, Field(ge=0, le=24 * 14)] = 24
    access_link_days: Annotated[int, Field(ge=1, le=90)] = 14
    background: bool = True
    background_interval_seconds: Annotated[float, Field(gt=0)] = 30
    upkeep_window: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")] = "02:00-04:00"
    cache_seconds: Annotated[float, Field(ge=0, le=60)] = 3
    pool_size: Annotated[int, Field(ge=1, le=200)] = 16
    max_body_bytes: Annotated[int, Field(ge=1024)] = 8 * 1024 * 1024
    sign_in_failures_per_minute: Annotated[int, Field(ge=1)] = 10
    form_requests_per_minute: Annotated[int, Field(ge=1)] = 6
    trusted_proxies: Annotated[str | None, AfterValidator(_networks)] = None
    request_seconds: Annotated[float, Field(gt=0)] = 30
    max_connections: Annotated[int, Field(ge=1)] = 800
    smtp_url: Annotated[SecretStr | None, AfterValidator(_relay)] = None
    smtp_from: Annotated[str | None, AfterValidator(_mailbox)] = None
    oidc_issuer: Annotated[str | None, AfterValidator(_issuer)] = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str | None = None
    oidc_browser_client_id: str | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7
    digest_days: Annotated[int, Field(ge=1, le=60)] = 7
    digest_when_empty: bool = False
    log_level: str = "INFO"
    tracing: bool = False

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Take what neither the code nor the environment gives from the file that the environment names."""
        for variable, name in FROM_FILES.items():
            path = os.environ.get(f"{variable}_FILE")
            if path and variable in os.environ:
                raise ValueError(f"{variable} and {variable}_FILE are both set")
            if path and name not in given:
                given = {**given, name: _read(variable, path)}
        return given

    @model_validator(mode="after")
    def _names_who_writes(self) -> Self:
        if self.smtp_url is not None and self.smtp_from is None:
            raise ValueError("SELOSTE_SMTP_URL needs SELOSTE_SMTP_FROM, the address that digests come from")
        return self

    @model_validator(mode="after")
    def _names_its_client(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("SELOSTE_OIDC_ISSUER and SELOSTE_OIDC_CLIENT_ID belong together")
        if self.oidc_browser_client_id is None:
            return self
        if self.oidc_issuer is None:
            raise ValueError("SELOSTE_OIDC_BROWSER_CLIENT_ID needs SELOSTE_OIDC_ISSUER")
        if self.oidc_client_secret is not None and self.oidc_browser_client_id == self.oidc_client_id:
            raise ValueError("SELOSTE_OIDC_BROWSER_CLIENT_ID must name a public client: a browser keeps no secret")
        return self

    @property
    def ledger(self) -> Path:
        """The erasure ledger: beside the secret file unless it is given a place of its own."""
        return self.ledger_file or self.secret_file.with_suffix(".ledger")

    @property
    def base_url(self) -> str:
        """Where links that people open point to; no trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
