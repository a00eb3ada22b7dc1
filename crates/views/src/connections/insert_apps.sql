INSERT INTO app (app_id, organization_id, name, organization_name, homepage_url, visibility,
                 credential_management, instance_tenant_id, instance_environment, review, latest_version)
SELECT n.*, 1
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::text[], $10::text[]) AS n
