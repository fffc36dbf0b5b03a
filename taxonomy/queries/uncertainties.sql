SELECT text FROM uncertainty ORDER BY position
