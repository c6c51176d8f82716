"""`python -m tests.vendors [NAME] [--port N]`: fake vendors on loopback, for a trial without the vendors.

Without a name all of them (`make vendors`); `tests/vendors/trial/connectors.yaml` is a configuration that reaches them.
"""

import argparse
import importlib
import sys
import threading
from contextlib import ExitStack

import uvicorn

from tests.vendors.serving import LOOPBACK, serving

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
TRIAL = "SELOSTE_CONNECTORS=tests/vendors/trial/connectors.yaml SELOSTE_CONNECTORS_REACH_PRIVATE=true make run"


def main() -> None:
    """Serve one fake, or all of them, until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.vendors", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(VENDORS), help="one of them; all when left out")
    parser.add_argument("--port", type=int, default=None)
    asked = parser.parse_args()
    if asked.name is None:
        _all()
        return
    module, port = VENDORS[asked.name]
    app = importlib.import_module(module).create_app()
    uvicorn.run(app, host=LOOPBACK, port=asked.port or port, log_level="info", lifespan="off")


def _all() -> None:
    with ExitStack() as stack:
        for name, (module, port) in VENDORS.items():
            url = stack.enter_context(serving(importlib.import_module(module).create_app(), port))
            sys.stdout.write(f"{name:14} {url}\n")
        sys.stdout.write(f"\nIn another terminal:\n{TRIAL}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
