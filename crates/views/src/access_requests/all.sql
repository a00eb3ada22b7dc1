-- Three lists by one index: an index on the position alone would lead into the many that were decided long ago,
-- where the few that wait are looked for.
(SELECT * FROM access_request_page WHERE state = 'pending' AND position > $2 ORDER BY position LIMIT $1)
UNION ALL
(SELECT * FROM access_request_page WHERE state = 'approved' AND position > $2 ORDER BY position LIMIT $1)
UNION ALL
(SELECT * FROM access_request_page WHERE state = 'rejected' AND position > $2 ORDER BY position LIMIT $1)
ORDER BY position
LIMIT $1
