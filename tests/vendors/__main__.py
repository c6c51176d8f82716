"""`python -m tests.vendors NAME [--port N]`: a fake vendor on loopback, for a trial without the vendor."""

import argparse
import importlib

import uvicorn

from tests.vendors.serving import LOOPBACK

VENDORS = {
    "mailchimp": ("tests.vendors.mailchimp", 4601),
    "webhooks": ("tests.vendors.webhooks", 4610),
    "mycashflow": ("tests.vendors.mycashflow", 4611),
    "tehden": ("tests.vendors.tehden", 4612),
    "digitalbooker": ("tests.vendors.digitalbooker", 4613),
    "opendsr": ("tests.vendors.opendsr", 4621),
    "klarna": ("tests.vendors.klarna", 4622),
    "paytrail": ("tests.vendors.paytrail", 4623),
}
"""By name the module, whose `create_app()` makes the fake, and the port unless another is asked for."""


def main() -> None:
    """Serve one fake until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.vendors", description=__doc__)
    parser.add_argument("name", choices=sorted(VENDORS))
    parser.add_argument("--port", type=int, default=None)
    asked = parser.parse_args()
    module, port = VENDORS[asked.name]
    app = importlib.import_module(module).create_app()
    uvicorn.run(app, host=LOOPBACK, port=asked.port or port, log_level="info", lifespan="off")


if __name__ == "__main__":
    main()
