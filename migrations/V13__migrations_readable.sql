-- Whoever works with the database may see which schema it has (`chancery doctor`).
GRANT SELECT ON refinery_schema_history TO chancery_app;
