SET LOCAL ROLE chancery_owner;

-- A scratch build is dropped once nobody holds it any more, unless somebody wants to look at it for a while.
ALTER TABLE projection_builds ADD kept_until timestamptz;

RESET ROLE;
