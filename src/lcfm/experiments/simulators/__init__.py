"""Simulators compared by ``lcfm benchmark simulate``, one file each.

`serve.py` runs one of them in a process of its own, in an environment of its own. So, apart from
`ours.py`, these files import nothing of lcfm: each has a class `Simulator`, which is made from a
task (`lcfm.experiments.speed_task`) and has `packages`, `run(first, stop, seed)` and `fluxes()`.
"""
