SELECT s.node, s.strategy, s.reason FROM strategy s JOIN node n ON n.key = s.node ORDER BY n.position
