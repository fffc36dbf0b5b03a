-- Where an entry was read; for a paper, where the entries and the results that name it were.
SELECT source FROM (
    SELECT source, position AS place FROM entry_source WHERE kind = $kind AND key = $key
    UNION ALL
    SELECT s.source, s.position
    FROM entry_paper p JOIN entry_source s ON s.kind = p.kind AND s.key = p.key
    WHERE $kind = 'paper' AND p.paper = $key
    UNION ALL
    SELECT 'its own abstract and opening: ' || url, 0 FROM survey WHERE $kind = 'paper' AND arxiv_id = $key
    UNION ALL
    SELECT verified_by, 1000 FROM result_source WHERE $kind = 'paper' AND paper = $key
)
GROUP BY source
ORDER BY min(place), source
