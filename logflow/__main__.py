"""``python -m logflow`` is ``logflow``."""

from __future__ import annotations

import sys

from logflow.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
