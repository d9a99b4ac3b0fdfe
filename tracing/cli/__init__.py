"""The command ``tracing``, one module for each noun: nodes, roots, counterparts, people, requests, cases, records.

Rules
- ``--home``, ``--json``, ``--yes`` and ``--passphrase-file`` are taken before and after the verb.
- With ``--json`` exactly one JSON document goes to standard output, also when the command fails; everything said on the
  way goes to standard error. Nothing is asked where there is no terminal.
- What can be foreseen ends in one sentence that says what to do and in an exit code of the contract (``exits``); a
  traceback is a bug of ours.

    tracing init --authority br --country BRA --name "Centro Nacional de Rastreamento" --training --home br
    tracing --home br card -o br.card
"""

from tracing.cli.app import main

__all__ = ["main"]
