SELECT name FROM survey_author ORDER BY position
