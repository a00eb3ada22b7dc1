WHERE position > $1 AND position <= $2
  AND ($3::text[] IS NULL OR type = ANY ($3) OR category = ANY ($4::text[]))
  AND ($6::integer[] IS NULL
       OR CASE WHEN key_app IS NULL THEN 0 ELSE get_byte(uuid_send(key_app), 15) % $5::integer END = ANY ($6))
