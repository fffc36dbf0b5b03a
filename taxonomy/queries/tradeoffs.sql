SELECT aspect, user_level, persona_level, global_level FROM tradeoff ORDER BY position
