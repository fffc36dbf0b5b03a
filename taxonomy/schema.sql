-- The tables of a catalog snapshot. Names are singular; tags with several values are rows.

CREATE TABLE node (
    key VARCHAR PRIMARY KEY,
    facet VARCHAR NOT NULL,
    parent VARCHAR,
    name VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    formula VARCHAR NOT NULL,
    section VARCHAR NOT NULL,
    section_mark VARCHAR,
    mark VARCHAR NOT NULL,
    mark_note VARCHAR NOT NULL,
    depth INTEGER NOT NULL,
    position INTEGER NOT NULL -- of a walk through the whole taxonomy, parents before children
);
CREATE TABLE node_alias (node VARCHAR NOT NULL, alias VARCHAR NOT NULL);
CREATE TABLE node_ancestor (node VARCHAR NOT NULL, ancestor VARCHAR NOT NULL); -- a node is among its own

CREATE TABLE paper (
    key VARCHAR PRIMARY KEY, -- the arXiv id, or the title's words where there is none
    title VARCHAR NOT NULL,
    authors VARCHAR NOT NULL,
    year INTEGER,
    venue VARCHAR NOT NULL,
    arxiv_id VARCHAR,
    url VARCHAR
);
CREATE TABLE entry_paper (kind VARCHAR NOT NULL, key VARCHAR NOT NULL, paper VARCHAR NOT NULL);
CREATE TABLE entry_source (kind VARCHAR NOT NULL, key VARCHAR NOT NULL, position INTEGER NOT NULL, source VARCHAR NOT NULL);

CREATE TABLE method (
    key VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    authors VARCHAR NOT NULL,
    year INTEGER,
    venue VARCHAR NOT NULL,
    arxiv_id VARCHAR,
    url VARCHAR,
    code_url VARCHAR,
    usage VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    in_survey VARCHAR NOT NULL,
    caveat VARCHAR NOT NULL
);
CREATE TABLE method_node (method VARCHAR NOT NULL, node VARCHAR NOT NULL);
CREATE TABLE method_dataset (
    method VARCHAR NOT NULL,
    name VARCHAR NOT NULL, -- as the method's entry writes it
    dataset VARCHAR, -- null: named, but not in the catalog
    note VARCHAR NOT NULL
);

CREATE TABLE dataset (
    key VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    authors VARCHAR NOT NULL,
    year INTEGER,
    venue VARCHAR NOT NULL,
    arxiv_id VARCHAR,
    url VARCHAR,
    code_url VARCHAR,
    data_url VARCHAR,
    usage VARCHAR NOT NULL,
    has_user_text BOOLEAN NOT NULL,
    text_length VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    n_users BIGINT,
    n_instances BIGINT,
    license VARCHAR NOT NULL,
    access VARCHAR NOT NULL,
    access_license VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    in_survey VARCHAR NOT NULL,
    caveat VARCHAR NOT NULL
);
CREATE TABLE dataset_node (dataset VARCHAR NOT NULL, node VARCHAR NOT NULL);
CREATE TABLE dataset_task (dataset VARCHAR NOT NULL, task VARCHAR NOT NULL);
CREATE TABLE dataset_metric (dataset VARCHAR NOT NULL, metric VARCHAR NOT NULL);

CREATE TABLE metric (
    key VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,
    range VARCHAR NOT NULL,
    formula VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    in_survey VARCHAR NOT NULL,
    caveat VARCHAR NOT NULL
);
CREATE TABLE metric_node (metric VARCHAR NOT NULL, node VARCHAR NOT NULL);
CREATE TABLE metric_need (metric VARCHAR NOT NULL, need VARCHAR NOT NULL);
CREATE TABLE metric_library (metric VARCHAR NOT NULL, library VARCHAR NOT NULL);

CREATE TABLE result_source (
    key VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    arxiv_id VARCHAR,
    paper VARCHAR NOT NULL,
    verified_by VARCHAR NOT NULL,
    note VARCHAR NOT NULL
);
CREATE TABLE result_method (key VARCHAR PRIMARY KEY, label VARCHAR NOT NULL, kind VARCHAR NOT NULL, method VARCHAR);
CREATE TABLE result (
    source VARCHAR NOT NULL,
    source_table VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    task VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    method VARCHAR NOT NULL, -- a key of result_method
    method_label VARCHAR NOT NULL,
    method_kind VARCHAR NOT NULL,
    method_entry VARCHAR, -- the catalog's method that the row is or varies
    backbone VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    metric_name VARCHAR NOT NULL, -- with the k filled in
    k INTEGER,
    direction VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    printed VARCHAR NOT NULL, -- the value as the source prints it
    verified_by VARCHAR NOT NULL,
    notes VARCHAR NOT NULL
);

CREATE TABLE result_role ( -- whose data a baseline or control row is given; other rows have no line here
    source VARCHAR NOT NULL,
    source_table VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);

CREATE TABLE application (key VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, definition VARCHAR NOT NULL, mark VARCHAR NOT NULL);
CREATE TABLE challenge (
    key VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    section VARCHAR NOT NULL,
    mark VARCHAR NOT NULL
);
CREATE TABLE challenge_method (challenge VARCHAR NOT NULL, method VARCHAR NOT NULL);

CREATE TABLE survey (
    title VARCHAR NOT NULL,
    arxiv_id VARCHAR NOT NULL,
    venue VARCHAR NOT NULL,
    year INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    note VARCHAR NOT NULL
);
CREATE TABLE survey_author (position INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE survey_section (
    position INTEGER NOT NULL,
    section VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    mark VARCHAR NOT NULL,
    mark_note VARCHAR NOT NULL
);
CREATE TABLE tradeoff (
    position INTEGER NOT NULL,
    aspect VARCHAR NOT NULL,
    user_level VARCHAR NOT NULL,
    persona_level VARCHAR NOT NULL,
    global_level VARCHAR NOT NULL
);
CREATE TABLE strategy (node VARCHAR NOT NULL, strategy VARCHAR, reason VARCHAR NOT NULL); -- null: none of the three
CREATE TABLE uncertainty (position INTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE synonym (term VARCHAR NOT NULL, kind VARCHAR NOT NULL, meaning VARCHAR NOT NULL); -- words of search
CREATE TABLE asked_as ( -- what people ask for when they mean an entry, in everyday words
    kind VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    phrase VARCHAR NOT NULL,
    PRIMARY KEY (kind, key, position)
);

-- What `Catalog.browse` reads: one row for each thing that can be found, and one for each value that filters it.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, -- from 0, in the order of the names
    kind VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    authors VARCHAR NOT NULL,
    year INTEGER,
    venue VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    mark VARCHAR,
    url VARCHAR,
    code_url VARCHAR,
    data_url VARCHAR,
    arxiv_id VARCHAR,
    in_survey VARCHAR,
    results INTEGER NOT NULL, -- published numbers that name it
    links INTEGER NOT NULL, -- relations to other entries
    name_folded VARCHAR NOT NULL, -- name and key, as taxonomy/folding.py folds them, each word after a space
    title_folded VARCHAR NOT NULL,
    rest_folded VARCHAR NOT NULL,
    UNIQUE (kind, key)
);
CREATE TABLE entry_facet (
    entry INTEGER NOT NULL, -- of `entry`, whose kind and key are repeated for those who ask by hand
    kind VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    facet VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE snapshot (schema_version INTEGER NOT NULL, digest VARCHAR NOT NULL);

CREATE VIEW entry_node AS
SELECT 'method' AS kind, method AS key, node FROM method_node
UNION ALL SELECT 'dataset', dataset, node FROM dataset_node
UNION ALL SELECT 'metric', metric, node FROM metric_node;

-- Every class that an entry is filed at, problems that a method addresses among them.
CREATE VIEW filed AS SELECT * FROM entry_node UNION ALL SELECT 'method', method, challenge FROM challenge_method;

-- A class and all above it, those of the cut by strategy among them, whose root is `strategy`.
CREATE VIEW class_above AS
SELECT node, ancestor FROM node_ancestor
UNION ALL SELECT node, 'strategy.' || coalesce(strategy, 'none') FROM strategy
UNION ALL SELECT node, 'strategy' FROM strategy;

-- Everything that can be counted in a class: entries, and published numbers, which stand where their method, their
-- dataset and their metric stand.
CREATE VIEW thing AS
SELECT kind AS measure, key AS id, node FROM filed
UNION
SELECT 'result', CAST(r.rowid AS VARCHAR), f.node FROM result r JOIN filed f ON f.kind = 'method' AND f.key = r.method_entry
UNION
SELECT 'result', CAST(r.rowid AS VARCHAR), f.node FROM result r JOIN filed f ON f.kind = 'dataset' AND f.key = r.dataset
UNION
SELECT 'result', CAST(r.rowid AS VARCHAR), f.node FROM result r JOIN filed f ON f.kind = 'metric' AND f.key = r.metric;

-- Where an entry stands on an axis of Coverage: the values that filter it, and its strategies.
CREATE VIEW placement AS
SELECT kind, key, facet AS axis, value FROM entry_facet
UNION ALL
SELECT f.kind, f.key, 'strategy', 'strategy.' || coalesce(s.strategy, 'none') FROM filed f JOIN strategy s USING (node);

-- The values of an axis that are classes, each with all that lies below it and itself.
CREATE VIEW axis_class AS
SELECT CASE n.facet WHEN 'evaluation' THEN 'metric_family' ELSE n.facet END AS axis, n.key AS value, a.node AS below,
    n.name, n.mark, n.parent, n.depth, n.position
FROM node n JOIN node_ancestor a ON a.ancestor = n.key
WHERE n.parent IS NOT NULL;

-- Every relation between two things, read from the first; `target` is null for a thing that is not in the catalog.
CREATE VIEW link AS
SELECT 'method' AS kind, m.method AS key, 'uses the data' AS relation, 'dataset' AS target_kind, m.dataset AS target,
    m.name AS written, m.note AS note
FROM method_dataset m
UNION ALL SELECT 'dataset', dataset, 'is used by', 'method', method, '', '' FROM method_dataset WHERE dataset IS NOT NULL
UNION ALL SELECT 'dataset', dataset, 'is measured by', 'metric', metric, '', '' FROM dataset_metric
UNION ALL SELECT 'metric', metric, 'measures', 'dataset', dataset, '', '' FROM dataset_metric
UNION ALL SELECT 'node', a.ancestor, 'holds', e.kind, e.key, '', '' -- a root would hold everything
FROM entry_node e JOIN node_ancestor a ON a.node = e.node JOIN node n ON n.key = a.ancestor AND n.parent IS NOT NULL
UNION ALL SELECT 'node', challenge, 'is addressed by', 'method', method, '', '' FROM challenge_method
UNION ALL SELECT 'method', method, 'addresses', 'node', challenge, '', '' FROM challenge_method
UNION ALL SELECT 'paper', paper, 'describes', kind, key, '', '' FROM entry_paper
UNION ALL SELECT a.kind, a.key, 'shares its paper with', b.kind, b.key, '', ''
FROM entry_paper a JOIN entry_paper b ON a.paper = b.paper AND (a.kind, a.key) <> (b.kind, b.key);

-- Every published number with an id that its content determines, and whose data the row is given where it was reviewed.
CREATE VIEW published AS
SELECT substr(md5(concat_ws(chr(31), r.source, r.source_table, r.dataset, r.task, r.split, r.method, r.backbone,
        r.metric_name, r.verified_by, r.notes)), 1, 12) AS id,
    r.*, CASE WHEN r.k IS NULL THEN r.metric ELSE regexp_replace(r.metric, '@k$', '') || '@' || r.k END AS metric_id,
    d.name AS dataset_name, s.title AS source_title, s.arxiv_id AS source_arxiv_id, s.paper AS source_paper,
    s.note AS source_note, o.role, coalesce(o.reason, '') AS role_reason
FROM result r
JOIN dataset d ON d.key = r.dataset
JOIN result_source s ON s.key = r.source
LEFT JOIN result_role o ON o.source = r.source AND o.source_table = r.source_table AND o.method = r.method;

-- Every published number beside the non-personalized one of the same source, table, dataset, task, split, backbone and
-- metric; null where there is none. A gain is positive where the number is better, whatever the metric's direction.
CREATE VIEW improvement AS
SELECT p.*, b.id AS baseline_id, b.value AS baseline, b.printed AS baseline_printed, b.notes AS baseline_notes,
    CASE p.direction WHEN 'higher' THEN p.value - b.value ELSE b.value - p.value END AS gain,
    100 * CASE p.direction WHEN 'higher' THEN p.value - b.value ELSE b.value - p.value END
        / nullif(abs(b.value), 0) AS gain_percent
FROM published p
LEFT JOIN published b ON b.role = 'non-personalized' AND p.role IS DISTINCT FROM 'non-personalized'
    AND b.source = p.source AND b.source_table = p.source_table AND b.dataset = p.dataset AND b.task = p.task
    AND b.split = p.split AND b.backbone = p.backbone AND b.metric_name = p.metric_name;
