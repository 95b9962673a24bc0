# every command a developer needs; `just` lists them

default:
    @just --list

# start the product and do the main job
run *ARGS:
    python3 start.py {{ARGS}}

# the test suite, on throw-away PostgreSQL and Valkey
test *ARGS:
    python3 start.py test {{ARGS}}

# lint, types, floor plan, migrations, documentation drift
check:
    .ci/check

# lock the dependencies and export them for pip
lock:
    uv lock
    uv export --frozen --no-emit-project --no-dev --format requirements-txt --output-file requirements.txt --quiet
    uv export --frozen --no-emit-project --only-group test --format requirements-txt --output-file requirements-test.txt --quiet
