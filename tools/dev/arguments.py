"""Kinds of values that flags take: what argparse calls with the text, which returns the value or says what
is wrong."""

import argparse

from . import project

SEED_MAX = (1 << 32) - 1  # libFuzzer cuts longer ones to 32 bits, and 0 means one of its own choice
JOBS_LEAST_MAX = 64       # so many are allowed on any machine


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def positive_seconds(text):
    value = float(text)
    if not 0 < value < 1e7:
        raise ValueError
    return value


def seed(text):
    value = positive(text)
    if value > SEED_MAX:
        raise argparse.ArgumentTypeError(f"{text} is no seed: there are those from 1 to {SEED_MAX}")
    return value


def jobs(text):
    value, most = positive(text), max(JOBS_LEAST_MAX, 4 * project.jobs())
    if value > most:
        raise argparse.ArgumentTypeError(f"{text} processes are too many for {project.jobs()} processors: at most {most}")
    return value


def following(number, steps=1):
    """The seed `steps` behind this one; behind the greatest comes 1."""
    return (number - 1 + steps) % SEED_MAX + 1


# argparse shows it: invalid ... value: 'x'
positive.__name__ = "whole number of at least 1"
positive_seconds.__name__ = "number of seconds"
seed.__name__ = "seed, a whole number of at least 1,"
jobs.__name__ = positive.__name__
