-- The folded texts of every entry, in the order of their numbers.
SELECT name_folded AS name, title_folded AS title, rest_folded AS rest FROM entry ORDER BY id
