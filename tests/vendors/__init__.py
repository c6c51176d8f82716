"""Stateful fakes of the vendors, each an ASGI app that answers as the vendor does; `python -m tests.vendors NAME`."""
