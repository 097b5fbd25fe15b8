"""The gcmap program: building it, and the questions other commands ask it."""

from . import builds, faults, project
