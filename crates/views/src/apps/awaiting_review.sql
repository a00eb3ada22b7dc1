SELECT * FROM app_page
WHERE review = 'pending' AND review_since > $2
ORDER BY review_since
LIMIT $1
