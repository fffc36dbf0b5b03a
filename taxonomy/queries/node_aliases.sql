SELECT alias FROM node_alias WHERE node = $key ORDER BY alias
