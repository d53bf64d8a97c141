"""Runs the program as `python -m generator`."""

import sys

from generator.main import main

sys.exit(main())
