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
    uv export --frozen --no-emit-project --no-dev --no-header --format requirements-txt --output-file requirements.txt --quiet
    uv export --frozen --no-emit-project --only-group test --no-header --format requirements-txt --output-file requirements-test.txt --quiet

# compile static/sass into static/app.css (needs Node; nobody else does)
css:
    npm install --no-save --silent --prefix .node nhsuk-frontend@10.6.1 sass@1
    NODE_MODULES=.node/node_modules python3 static/sass/compile.py

# measure the validation engine beside its peers (they get an environment of their own in state/)
bench *ARGS:
    PYTHONPATH=. .venv/bin/python benchmarks/validation.py {{ARGS}}
