"""`python -m tests.vendors [NAME …] [--port N]`: fake vendors on loopback, for a trial; all unless some are named.

`tests/vendors/trial/connectors.yaml` is a configuration that reaches them.
"""

import argparse
import asyncio
import importlib

import uvicorn

from tests.vendors.serving import LOOPBACK

VENDORS = {
    "mailchimp": ("tests.vendors.mailchimp", 4601),
    "mycashflow": ("tests.vendors.mycashflow", 4611),
    "tehden": ("tests.vendors.tehden", 4612),
    "digitalbooker": ("tests.vendors.digitalbooker", 4613),
    "webhooks": ("tests.vendors.webhooks", 4621),
    "opendsr": ("tests.vendors.opendsr", 4622),
    "klarna": ("tests.vendors.klarna", 4623),
    "paytrail": ("tests.vendors.paytrail", 4624),
}
"""By name the module, whose `create_app()` makes the fake, and the port unless another is asked for."""
TRIAL = "SELOSTE_CONNECTORS=tests/vendors/trial/connectors.yaml SELOSTE_CONNECTORS_REACH_PRIVATE=true make run"


def main() -> None:
    """Serve fakes until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.vendors", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(sorted(VENDORS)))
    parser.add_argument("--port", type=int, default=None, help="of the one that is named")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(VENDORS):
        parser.error(f"there is no fake of {', '.join(sorted(unknown))}")
    if asked.port is not None and len(asked.names) != 1:
        parser.error("--port is for one fake: name it")
    asyncio.run(serve(asked.names or sorted(VENDORS), asked.port))


async def serve(names: list[str], port: int | None) -> None:
    """Each on its own port; the first Ctrl-C ends them all."""
    servers = []
    for name in names:
        module, usual = VENDORS[name]
        app = importlib.import_module(module).create_app()
        print(f"{name:15} http://{LOOPBACK}:{port or usual}", flush=True)  # noqa: T201 (a command prints)
        config = uvicorn.Config(app, host=LOOPBACK, port=port or usual, log_level="warning", lifespan="off")
        servers.append(uvicorn.Server(config))
    print(f"In another terminal: {TRIAL}", flush=True)  # noqa: T201 (a command prints)
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    main()
