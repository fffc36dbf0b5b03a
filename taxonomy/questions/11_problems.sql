-- Which open problems are worked on?
-- Open problems of the survey with the methods here that address them.
-- chart: bar problem methods
SELECT c.name AS problem, count(x.method) AS methods, c.mark,
    string_agg(m.name, ', ' ORDER BY m.year DESC, m.name) AS which
FROM challenge c
LEFT JOIN challenge_method x ON x.challenge = c.key
LEFT JOIN method m ON m.key = x.method
GROUP BY c.key, c.name, c.mark
ORDER BY methods DESC, problem
