-- Data sets for which neither the authors nor whoever hands the files out states a licence.
SELECT name, concat_ws('; ', nullif(license, ''), nullif('files: ' || access_license, 'files: '),
        CASE WHEN license || access_license = '' THEN 'no word on a licence was found' END) AS detail,
    [{'kind': 'dataset', 'key': key, 'name': name}] AS entries
FROM dataset
WHERE (license = '' OR license ILIKE 'none stated%')
    AND (access_license = '' OR access_license ILIKE 'none stated%' OR access_license ILIKE 'see %')
ORDER BY name, key
