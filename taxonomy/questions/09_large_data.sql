-- Which data sets hold long texts of many users?
-- Data sets of long texts that users wrote, by number of users. Where the number is not known they are left out, not zero.
-- chart: bar dataset users
SELECT name AS dataset, n_users AS users, n_instances AS instances, text_length, year,
    coalesce(nullif(license, ''), 'not stated') AS license, data_url
FROM dataset
WHERE has_user_text AND text_length = 'long' AND n_users IS NOT NULL
ORDER BY users DESC
LIMIT 25
