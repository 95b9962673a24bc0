#!/usr/bin/env python3
"""Run a management command on one instance, named by PORTAL_INSTANCE=agem|national."""

import sys

from portal.environment import choose_instance


def main() -> None:
    """Choose the instance's settings, then hand over to Django."""
    choose_instance()
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
