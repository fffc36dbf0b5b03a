SELECT key, name, facet, mark FROM node WHERE parent = $key ORDER BY position
