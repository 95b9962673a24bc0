"""`python -m submissions.client`, installed as `pilot-submit`."""

from submissions.client.commands import run

if __name__ == "__main__":
    run()
