"""``python -m lcfm``, and where the command ``lcfm`` begins.

Ctrl-C is caught from here on: also while the command line itself is being loaded.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; see :func:`lcfm.cli.main`."""
    # Threads that wait for others give way: spinning, they are 20 times slower on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from lcfm.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:  # before a command has begun, or a second time
        print("lcfm: interrupted; nothing was kept", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
