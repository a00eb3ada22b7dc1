-- Where nobody consented, an end of the listing leaves nothing to read.
DELETE FROM listing l
USING unnest($1::uuid[], $2::bigint[]) AS n(app_id, tenant_id)
WHERE l.app_id = n.app_id AND l.tenant_id = n.tenant_id AND NOT l.listed
  AND NOT EXISTS (SELECT FROM connection c
                  WHERE c.app_id = l.app_id AND c.tenant_id = l.tenant_id AND c.connection_id IS NOT NULL)
