"""`python -m pseudonymisation new-key URL`: make a key ring with its first key, already active."""

import sys
from datetime import UTC, datetime

from pseudonymisation.key_stores import COLLECTION, PURPOSE, open_store, save_ring
from pseudonymisation.keys import KeyFault, KeyRing, with_active, with_new_key

USAGE = 2


def make_first_ring(url: str) -> bool:
    """Make a ring with one active key at the URL, unless one is there. Says whether it did."""
    try:
        open_store(url).read()
    except KeyFault as fault:
        if fault.code != "KEY_FILE_MISSING":
            raise
    else:
        return False
    created = datetime.now(UTC).isoformat(timespec="seconds")
    save_ring(url, with_active(with_new_key(KeyRing(COLLECTION, PURPOSE), created), 1))
    return True


def main(arguments: list[str]) -> int:
    """Answer the command line: 0 made or already there, 1 not possible, 2 wrong usage."""
    match arguments:
        case ["new-key", url]:
            try:
                made = make_first_ring(url)
            except KeyFault as fault:
                sys.stderr.write(f"{fault.code}\n")
                return 1
            sys.stdout.write("made\n" if made else "already there\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m pseudonymisation new-key URL\n")
            return USAGE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
