"""The commands of `seloste`, one module for each; `app/cli.py` lists them and loads the one that is called.

A module exports `app`, a `typer.Typer` with one command or a group of them. A command says no with `Refused`;
`app/cli.py` prints that as a line on stderr and ends with code 1.
"""
