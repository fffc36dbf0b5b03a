-- What people ask for when they mean an entry, in order.
SELECT phrase FROM asked_as WHERE kind = $kind AND key = $key ORDER BY position
