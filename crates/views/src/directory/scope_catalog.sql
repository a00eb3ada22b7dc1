SELECT c.*, CASE c.published_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS published_by_name
FROM catalog c
LEFT JOIN public.people p ON c.published_by_kind = 'person' AND p.person_id = c.published_by_id
