SET LOCAL ROLE chancery_owner;

-- The only place of personal data: events carry `person_id` and nothing else (ADR 4). Rows are changed and
-- deleted freely; a reader that finds no row says `forgotten`.
CREATE TABLE people (
    person_id  text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL,
    email      text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON people TO chancery_app;
GRANT SELECT ON people TO chancery_views;

RESET ROLE;
