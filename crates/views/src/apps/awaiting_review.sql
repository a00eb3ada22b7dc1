SELECT * FROM app_page
WHERE review = 'pending' AND visibility = 'public' AND deleted_at IS NULL AND review_since > $2
ORDER BY review_since
LIMIT $1
