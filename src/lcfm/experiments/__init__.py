"""Experiments: one file per published table or figure, with command, expected time and figure.

`EXPERIMENTS` maps the name on the command line to the module, imported when it runs.
"""

from __future__ import annotations

EXPERIMENTS: dict[str, str] = {
    "foundation": "lcfm.experiments.foundation",
}
