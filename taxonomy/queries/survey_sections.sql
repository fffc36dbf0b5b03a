SELECT section, subject, mark, mark_note FROM survey_section ORDER BY position
