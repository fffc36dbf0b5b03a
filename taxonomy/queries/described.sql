-- Which entries a paper describes.
SELECT paper, kind, key FROM entry_paper ORDER BY paper, kind, key
