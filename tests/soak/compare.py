"""``make soak-compare``: mutate copies of a roster at random, and see that each mutation is named and nothing else is.

Each seed is a copy of its own, in the forms by turns; the seed of a failure repeats it.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from copies import FORMS, Copy, copy_in, mutate, named


def mutated(seed: int) -> Copy:
    """Return a copy with one to five mutations."""
    random, copy = Random(seed), copy_in(*FORMS[seed % len(FORMS)])
    for _ in range(random.randint(1, 5)):
        mutate(copy, random)
    return copy


def main() -> None:
    """Compare as many copies as asked for."""
    parser = argparse.ArgumentParser(prog="soak-compare", description=__doc__)
    parser.add_argument("copies", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    began, mutations, failed = time.monotonic(), 0, 0
    for seed in range(given.seed, given.seed + given.copies):
        copy = mutated(seed)
        mutations += len(copy.named)
        found = named(copy.compared())
        if found != copy.named:
            failed += 1
            print(f"seed {seed}, {copy.notation} {copy.number}:")
            print(f"  not named {copy.named - found}, named without reason {found - copy.named}")
    seconds = time.monotonic() - began
    print(
        f"soak-compare: {mutations:,} mutations in {given.copies:,} copies, {failed:,} copies failed, {seconds:.0f} s"
    )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
