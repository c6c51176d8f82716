"""Pages that ask for nothing: templates of one folder, and their one style, put into each page, known by its hash."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup


@dataclass
class Sheets:
    """The templates in a folder of a package, all with one stylesheet of the same folder."""

    package: str
    folder: str
    stylesheet: str
    has_forms: bool = True

    def template(self, name: str) -> Template:
        """A template; everything put into it is escaped, and what it needs and does not get is an error."""
        return self._environment.get_template(name)

    @cached_property
    def style(self) -> Markup:
        """The stylesheet, to be put into the page."""
        return Markup(self.template(self.stylesheet).render())  # noqa: S704 (our own file)

    @cached_property
    def policy(self) -> str:
        """The Content-Security-Policy: nothing may load or run but that style; forms go to ourselves or nowhere."""
        digest = b64encode(sha256(self.style.encode()).digest()).decode()
        forms = "'self'" if self.has_forms else "'none'"
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action {forms}; "
            "frame-ancestors 'none'; base-uri 'none'"
        )

    @cached_property
    def _environment(self) -> Environment:
        return Environment(
            loader=PackageLoader(self.package, self.folder),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
