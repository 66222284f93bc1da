#!/bin/bash
# Makes the Python client for the whole API out of openapi/sluice.yaml: clients/python/sluice_api.
# What is generated is not kept in the repository; sluice_client, beside it, is written by hand and needs it not.
set -euo pipefail
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1 ruff==0.17.6
settings=$(mktemp --suffix .yaml)
trap 'rm -f "$settings"' EXIT
cat > "$settings" <<'YAML'
package_name_override: sluice_api
project_name_override: sluice-api
content_type_overrides:
  application/x-ndjson: application/octet-stream
  text/event-stream: text/plain
  application/problem+json: application/json
  application/vnd.flux.jobspec+json: application/json
YAML
PATH="$PWD/.venv/bin:$PATH" .venv/bin/openapi-python-client generate --overwrite --meta none \
  --path ../../openapi/sluice.yaml --output-path sluice_api --config "$settings"
