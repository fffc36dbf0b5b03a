SELECT * FROM survey
