-- Which of some entries have the folded words of a phrase one after another in their name, title or summary.
SELECT id FROM entry
WHERE id IN (SELECT unnest($ids)) AND (
    contains(name_folded || ' ', ' ' || $phrase || ' ') OR contains(title_folded || ' ', ' ' || $phrase || ' ')
    OR contains(rest_folded || ' ', ' ' || $phrase || ' ')
)
