#!/usr/bin/env bash
# An app's life, with curl alone: create, approve, connect, secret, edit scopes, upgrade; then its history and connections, and
# what the demo's apps have called.
# Needs `cargo xtask up`. Python only reads JSON.
set -euo pipefail
cd "$(dirname "$0")/.."

field() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
credential() { field "$1" <.dev/credentials.json; }

url=$(credential '["base_url"]')
developer=$(credential '["tokens"]["developers"][0]["token"]')
reviewer=$(credential '["tokens"]["reviewer"]')
platform=$(credential '["tokens"]["platform"]')
admin=$(credential '["tokens"]["tenant_admins"][0]["token"]')
tenant=$(credential '["tokens"]["tenant_admins"][0]["tenant_id"]')
environment=$(credential '["tokens"]["tenant_admins"][0]["environment"]')
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

# send TOKEN METHOD PATH BODY: prints the answer; its position stays in $headers.
send() {
    curl --silent --show-error --fail-with-body --dump-header "$headers" --request "$2" "$url$3" \
        --header "Authorization: Bearer $1" --header "Content-Type: application/json" \
        --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" --data "$4"
}

# read_at TOKEN PATH: prints what reflects at least the last command.
read_at() {
    position=$(sed -n 's/^chancery-position: *\([0-9]*\).*/\1/ip' "$headers")
    curl --silent --show-error --fail-with-body "$url$2" \
        --header "Authorization: Bearer $1" --header "Chancery-Min-Position: $position"
}

echo "1. The developer creates a public app and lists it for tenant $tenant."
app=$(send "$developer" POST /v1/apps '{
    "name": "Walkabout", "organization_name": "Brightpath Software",
    "homepage_url": "https://walkabout.example/", "visibility": "public",
    "tenant_ids": ['"$tenant"'], "scopes": ["tn.crm.customers:r", "tn.jpm.jobs:r"]}')
app_id=$(field '["app_id"]' <<<"$app")
echo "   app key $(field '["app_key"]' <<<"$app"), version $(field '["version"]' <<<"$app"), review $(field '["review"]' <<<"$app")"

echo "2. The reviewer approves it, once for all its versions."
send "$reviewer" POST "/v1/apps/$app_id/review" '{"decision": "approve", "reason": "As described."}' | field '["review"]'

echo "3. The tenant's admin sees it, and allows version 1. So far it is"
read_at "$admin" "/v1/tenants/$tenant/$environment/connections/$app_id" | field '["state"]'
connection=$(send "$admin" POST "/v1/tenants/$tenant/$environment/connections" \
    '{"app_id": "'"$app_id"'", "version": 1, "decision": "allow"}')
echo "   client id $(field '["client_id"]' <<<"$connection")"

echo "4. The developer generates the secret, which is shown this once."
send "$developer" POST "/v1/apps/$app_id/connections/$tenant/$environment/secrets" '{}' | field '["client_secret"]'

echo "5. The developer changes the scopes: version 2."
send "$developer" PUT "/v1/apps/$app_id/scopes" '{"scopes": ["tn.crm.customers:r", "tn.jpm.jobs:w"]}' | field '["version"]'
echo "   The tenant stays on version 1, with an upgrade on offer:"
read_at "$admin" "/v1/tenants/$tenant/$environment/connections/$app_id" | field '["upgrade"]'

echo "6. The tenant's admin accepts it; the client id and the secret stay."
send "$admin" POST "/v1/tenants/$tenant/$environment/connections/$app_id/upgrade" \
    '{"version": 2, "decision": "allow"}' | field '["granted_version"]'

echo "7. Version history: who changed what, and when."
read_at "$developer" "/v1/apps/$app_id/versions" | python3 -m json.tool

echo "8. Connections: who uses which version with which scopes."
read_at "$developer" "/v1/apps/$app_id/connections" | python3 -m json.tool

echo "9. Usage: what the demo's apps called, what came of it, and how long it took."
read_at "$platform" "/v1/usage?granularity=day&group_by=outcome" | python3 -m json.tool
