-- What each table and column holds: shown on the Query page, and found by a statement in duckdb_tables() and duckdb_columns().

COMMENT ON TABLE node IS 'The taxonomy: one row a class, with its facet, definition and mark.';
COMMENT ON COLUMN node.key IS 'Names the class.';
COMMENT ON COLUMN node.facet IS 'The tree that it stands in: level, technique, usage, application, evaluation, data, challenge or foundation.';
COMMENT ON COLUMN node.parent IS 'The class above; null at the root of a facet.';
COMMENT ON COLUMN node.name IS 'What it is called.';
COMMENT ON COLUMN node.definition IS 'In words of this catalog.';
COMMENT ON COLUMN node.formula IS 'LaTeX without delimiters; empty where there is none.';
COMMENT ON COLUMN node.section IS 'Of the survey; empty where it has none.';
COMMENT ON COLUMN node.section_mark IS 'How sure the section number is.';
COMMENT ON COLUMN node.mark IS 'confirmed: seen in the survey or a text that cites it; recalled: not checked against its full text; ours: added here.';
COMMENT ON COLUMN node.mark_note IS 'Why it has its mark.';
COMMENT ON COLUMN node.depth IS '0 at the root of a facet.';
COMMENT ON COLUMN node.position IS 'Its place in a walk through the taxonomy.';

COMMENT ON TABLE node_alias IS 'Other names of classes.';
COMMENT ON COLUMN node_alias.node IS 'The class.';
COMMENT ON COLUMN node_alias.alias IS 'The other name.';

COMMENT ON TABLE node_ancestor IS 'Every class with all classes above it and itself: join it to count what stands at or below a class.';
COMMENT ON COLUMN node_ancestor.node IS 'The class.';
COMMENT ON COLUMN node_ancestor.ancestor IS 'Itself or a class above it.';

COMMENT ON TABLE paper IS 'Papers that entries and results come from.';
COMMENT ON COLUMN paper.key IS 'The arXiv id, or the words of the title.';
COMMENT ON COLUMN paper.title IS 'The title.';
COMMENT ON COLUMN paper.authors IS 'As far as read, often the first author with et al.';
COMMENT ON COLUMN paper.year IS 'Of publication; null where not known.';
COMMENT ON COLUMN paper.venue IS 'Where published; empty where not known.';
COMMENT ON COLUMN paper.arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN paper.url IS 'Its address.';

COMMENT ON TABLE entry_paper IS 'Which paper an entry comes from.';
COMMENT ON COLUMN entry_paper.kind IS 'Kind of the entry: method, dataset or metric.';
COMMENT ON COLUMN entry_paper.key IS 'Key of the entry.';
COMMENT ON COLUMN entry_paper.paper IS 'Key of the paper.';

COMMENT ON TABLE entry_source IS 'Where the facts of an entry were read.';
COMMENT ON COLUMN entry_source.kind IS 'Kind of the entry.';
COMMENT ON COLUMN entry_source.key IS 'Key of the entry.';
COMMENT ON COLUMN entry_source.position IS 'Order of the sources.';
COMMENT ON COLUMN entry_source.source IS 'The source.';

COMMENT ON TABLE method IS 'Methods of personalization.';
COMMENT ON COLUMN method.key IS 'Names the method.';
COMMENT ON COLUMN method.name IS 'What it is called.';
COMMENT ON COLUMN method.title IS 'Title of its paper.';
COMMENT ON COLUMN method.authors IS 'As far as read, often the first author with et al.';
COMMENT ON COLUMN method.year IS 'Of publication; null where not known.';
COMMENT ON COLUMN method.venue IS 'Where published; empty where not known.';
COMMENT ON COLUMN method.arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN method.url IS 'Of the paper.';
COMMENT ON COLUMN method.code_url IS 'Of its code; null where none is known.';
COMMENT ON COLUMN method.usage IS 'direct (a personal text), downstream (a task such as recommendation) or both.';
COMMENT ON COLUMN method.summary IS 'What it does, in one sentence.';
COMMENT ON COLUMN method.in_survey IS 'likely for work that predates the survey and fits its scope, else no; a guess.';
COMMENT ON COLUMN method.caveat IS 'Doubts about the entry.';

COMMENT ON TABLE method_node IS 'Levels, techniques, usages and applications of methods.';
COMMENT ON COLUMN method_node.method IS 'Key of the method.';
COMMENT ON COLUMN method_node.node IS 'Key of the class.';

COMMENT ON TABLE method_dataset IS 'Data that methods use, as their papers name them.';
COMMENT ON COLUMN method_dataset.method IS 'Key of the method.';
COMMENT ON COLUMN method_dataset.name IS 'As the entry of the method writes it.';
COMMENT ON COLUMN method_dataset.dataset IS 'Key of the data set; null where it is not in the catalog.';
COMMENT ON COLUMN method_dataset.note IS 'On the link.';

COMMENT ON TABLE dataset IS 'Data sets.';
COMMENT ON COLUMN dataset.key IS 'Names the data set.';
COMMENT ON COLUMN dataset.name IS 'What it is called.';
COMMENT ON COLUMN dataset.title IS 'Title of its paper.';
COMMENT ON COLUMN dataset.authors IS 'As far as read, often the first author with et al.';
COMMENT ON COLUMN dataset.year IS 'Of publication; null where not known.';
COMMENT ON COLUMN dataset.venue IS 'Where published; empty where not known.';
COMMENT ON COLUMN dataset.arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN dataset.url IS 'Of the paper.';
COMMENT ON COLUMN dataset.code_url IS 'Of its code; null where none is known.';
COMMENT ON COLUMN dataset.data_url IS 'Of the data; null where none is known.';
COMMENT ON COLUMN dataset.usage IS 'direct, downstream or both.';
COMMENT ON COLUMN dataset.has_user_text IS 'Whether it holds texts that users wrote.';
COMMENT ON COLUMN dataset.text_length IS 'Of what is to be written: short, long, or na where nothing is.';
COMMENT ON COLUMN dataset.domain IS 'What the data are about.';
COMMENT ON COLUMN dataset.n_users IS 'Users; null where not known, which is not zero.';
COMMENT ON COLUMN dataset.n_instances IS 'Examples; null where not known, which is not zero.';
COMMENT ON COLUMN dataset.license IS 'As stated; empty where none was found.';
COMMENT ON COLUMN dataset.access IS 'How to get the data.';
COMMENT ON COLUMN dataset.access_license IS 'Licence of what can be fetched.';
COMMENT ON COLUMN dataset.summary IS 'What it holds, in one sentence.';
COMMENT ON COLUMN dataset.in_survey IS 'likely or no; a guess.';
COMMENT ON COLUMN dataset.caveat IS 'Doubts about the entry.';

COMMENT ON TABLE dataset_node IS 'Levels and usages of data sets.';
COMMENT ON COLUMN dataset_node.dataset IS 'Key of the data set.';
COMMENT ON COLUMN dataset_node.node IS 'Key of the class.';

COMMENT ON TABLE dataset_task IS 'Tasks of data sets.';
COMMENT ON COLUMN dataset_task.dataset IS 'Key of the data set.';
COMMENT ON COLUMN dataset_task.task IS 'The task, in words.';

COMMENT ON TABLE dataset_metric IS 'Metrics that data sets are measured by.';
COMMENT ON COLUMN dataset_metric.dataset IS 'Key of the data set.';
COMMENT ON COLUMN dataset_metric.metric IS 'Key of the metric.';

COMMENT ON TABLE metric IS 'Metrics.';
COMMENT ON COLUMN metric.key IS 'Names the metric; @k stands for any cut-off.';
COMMENT ON COLUMN metric.name IS 'What it is called.';
COMMENT ON COLUMN metric.family IS 'Key of its class below evaluation.';
COMMENT ON COLUMN metric.direction IS 'higher or lower: which is better.';
COMMENT ON COLUMN metric.range IS 'Of its values.';
COMMENT ON COLUMN metric.formula IS 'LaTeX without delimiters.';
COMMENT ON COLUMN metric.reference IS 'Where it is defined.';
COMMENT ON COLUMN metric.in_survey IS 'likely or no; a guess.';
COMMENT ON COLUMN metric.caveat IS 'What it hides.';

COMMENT ON TABLE metric_node IS 'Classes of metrics.';
COMMENT ON COLUMN metric_node.metric IS 'Key of the metric.';
COMMENT ON COLUMN metric_node.node IS 'Key of the class.';

COMMENT ON TABLE metric_need IS 'What a metric needs, such as a reference text or a judge.';
COMMENT ON COLUMN metric_need.metric IS 'Key of the metric.';
COMMENT ON COLUMN metric_need.need IS 'What it needs.';

COMMENT ON TABLE metric_library IS 'Packages that compute a metric.';
COMMENT ON COLUMN metric_library.metric IS 'Key of the metric.';
COMMENT ON COLUMN metric_library.library IS 'Name of the package.';

COMMENT ON TABLE result_source IS 'Papers and leaderboards that published numbers were read in.';
COMMENT ON COLUMN result_source.key IS 'Names the source.';
COMMENT ON COLUMN result_source.title IS 'Its title.';
COMMENT ON COLUMN result_source.arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN result_source.paper IS 'Key of the paper.';
COMMENT ON COLUMN result_source.verified_by IS 'Where the numbers were read.';
COMMENT ON COLUMN result_source.note IS 'On the numbers.';

COMMENT ON TABLE result_method IS 'Labels of rows in published tables.';
COMMENT ON COLUMN result_method.key IS 'Names the label.';
COMMENT ON COLUMN result_method.label IS 'As printed.';
COMMENT ON COLUMN result_method.kind IS 'method, variant, baseline, recommender, team entry or a control.';
COMMENT ON COLUMN result_method.method IS 'Key of the method that it is or varies; null where there is none.';

COMMENT ON TABLE result IS 'Published numbers, one row each; never measured here. Compare within one source, table, task, split and metric only.';
COMMENT ON COLUMN result.source IS 'Key of the source.';
COMMENT ON COLUMN result.source_table IS 'Table or figure of the source.';
COMMENT ON COLUMN result.dataset IS 'Key of the data set.';
COMMENT ON COLUMN result.task IS 'The task.';
COMMENT ON COLUMN result.split IS 'The split of the data.';
COMMENT ON COLUMN result.method IS 'Key of the label of the row.';
COMMENT ON COLUMN result.method_label IS 'The row as printed.';
COMMENT ON COLUMN result.method_kind IS 'method, variant, baseline, recommender, team entry or a control.';
COMMENT ON COLUMN result.method_entry IS 'Key of the method that the row is or varies; null where there is none.';
COMMENT ON COLUMN result.backbone IS 'The language model; empty where none is named.';
COMMENT ON COLUMN result.metric IS 'Key of the metric.';
COMMENT ON COLUMN result.metric_name IS 'Its name with the k filled in.';
COMMENT ON COLUMN result.k IS 'The cut-off; null where there is none.';
COMMENT ON COLUMN result.direction IS 'higher or lower: which is better.';
COMMENT ON COLUMN result.value IS 'The number.';
COMMENT ON COLUMN result.printed IS 'The number as printed.';
COMMENT ON COLUMN result.verified_by IS 'Where it was read.';
COMMENT ON COLUMN result.notes IS 'On the row.';

COMMENT ON TABLE application IS 'Applications, which are classes of the taxonomy too.';
COMMENT ON COLUMN application.key IS 'Names the application.';
COMMENT ON COLUMN application.name IS 'What it is called.';
COMMENT ON COLUMN application.definition IS 'In words of this catalog.';
COMMENT ON COLUMN application.mark IS 'confirmed, recalled or ours.';

COMMENT ON TABLE challenge IS 'Open problems, which are classes of the taxonomy too.';
COMMENT ON COLUMN challenge.key IS 'Names the problem.';
COMMENT ON COLUMN challenge.name IS 'What it is called.';
COMMENT ON COLUMN challenge.definition IS 'In words of this catalog.';
COMMENT ON COLUMN challenge.section IS 'Of the survey.';
COMMENT ON COLUMN challenge.mark IS 'confirmed, recalled or ours.';

COMMENT ON TABLE challenge_method IS 'Methods that address an open problem.';
COMMENT ON COLUMN challenge_method.challenge IS 'Key of the problem.';
COMMENT ON COLUMN challenge_method.method IS 'Key of the method.';

COMMENT ON TABLE survey IS 'The survey whose taxonomy this is.';
COMMENT ON COLUMN survey.title IS 'Its title.';
COMMENT ON COLUMN survey.arxiv_id IS 'Its arXiv id.';
COMMENT ON COLUMN survey.venue IS 'Where published.';
COMMENT ON COLUMN survey.year IS 'Of publication.';
COMMENT ON COLUMN survey.url IS 'Its address.';
COMMENT ON COLUMN survey.note IS 'What of it could be read.';

COMMENT ON TABLE survey_author IS 'Authors of the survey.';
COMMENT ON COLUMN survey_author.position IS 'Order.';
COMMENT ON COLUMN survey_author.name IS 'Family name.';

COMMENT ON TABLE survey_section IS 'Sections of the survey.';
COMMENT ON COLUMN survey_section.position IS 'Order.';
COMMENT ON COLUMN survey_section.section IS 'Number.';
COMMENT ON COLUMN survey_section.subject IS 'What it is about.';
COMMENT ON COLUMN survey_section.mark IS 'How sure this is.';
COMMENT ON COLUMN survey_section.mark_note IS 'Why.';

COMMENT ON TABLE tradeoff IS 'How the three levels differ.';
COMMENT ON COLUMN tradeoff.position IS 'Order.';
COMMENT ON COLUMN tradeoff.aspect IS 'What is compared.';
COMMENT ON COLUMN tradeoff.user_level IS 'At user level.';
COMMENT ON COLUMN tradeoff.persona_level IS 'At persona level.';
COMMENT ON COLUMN tradeoff.global_level IS 'At global level.';

COMMENT ON TABLE uncertainty IS 'What is uncertain about the catalog.';
COMMENT ON COLUMN uncertainty.position IS 'Order.';
COMMENT ON COLUMN uncertainty.text IS 'One sentence.';

COMMENT ON TABLE entry IS 'Everything that can be found: methods, data sets, metrics, papers and classes in one table.';
COMMENT ON COLUMN entry.id IS 'Its number in this snapshot.';
COMMENT ON COLUMN entry.venue IS 'Where published; empty where not known.';
COMMENT ON COLUMN entry.data_url IS 'Of the data; null where none is known.';
COMMENT ON COLUMN entry.links IS 'Relations that it has to others.';
COMMENT ON COLUMN entry.kind IS 'method, dataset, metric, paper or node.';
COMMENT ON COLUMN entry.key IS 'Names it within its kind.';
COMMENT ON COLUMN entry.name IS 'What it is called.';
COMMENT ON COLUMN entry.title IS 'Title of its paper.';
COMMENT ON COLUMN entry.authors IS 'As far as read.';
COMMENT ON COLUMN entry.year IS 'Of publication; null where not known.';
COMMENT ON COLUMN entry.summary IS 'In one or two sentences.';
COMMENT ON COLUMN entry.mark IS 'Of a class.';
COMMENT ON COLUMN entry.url IS 'Of the paper.';
COMMENT ON COLUMN entry.code_url IS 'Of the code.';
COMMENT ON COLUMN entry.arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN entry.in_survey IS 'likely or no; a guess.';
COMMENT ON COLUMN entry.results IS 'Published numbers that name it.';
COMMENT ON COLUMN entry.name_folded IS 'Name and key for search.';
COMMENT ON COLUMN entry.title_folded IS 'Title for search.';
COMMENT ON COLUMN entry.rest_folded IS 'Summary and authors for search.';

COMMENT ON TABLE entry_facet IS 'Every value that filters an entry on the Browse page.';
COMMENT ON COLUMN entry_facet.entry IS 'Number of the entry in this snapshot.';
COMMENT ON COLUMN entry_facet.kind IS 'Kind of the entry.';
COMMENT ON COLUMN entry_facet.key IS 'Key of the entry.';
COMMENT ON COLUMN entry_facet.facet IS 'Such as level, technique, usage, application, year or has_code.';
COMMENT ON COLUMN entry_facet.value IS 'Key of a class, a year, or yes and no.';

COMMENT ON TABLE result_role IS 'Whose data a baseline or control row of a published table is given; other rows have no line here.';
COMMENT ON COLUMN result_role.source IS 'Key of the source.';
COMMENT ON COLUMN result_role.source_table IS 'Table or figure of the source.';
COMMENT ON COLUMN result_role.method IS 'Key of the label of the row.';
COMMENT ON COLUMN result_role.role IS 'Such as non-personalized or a wrong-user control.';
COMMENT ON COLUMN result_role.reason IS 'Why it has this role.';

COMMENT ON TABLE synonym IS 'Words of search: acronyms, synonyms and what they mean.';
COMMENT ON COLUMN synonym.term IS 'As it is typed.';
COMMENT ON COLUMN synonym.kind IS 'What kind of synonym.';
COMMENT ON COLUMN synonym.meaning IS 'What it stands for.';

COMMENT ON TABLE asked_as IS 'Everyday phrases that people ask for when they mean an entry; search finds it by them.';
COMMENT ON COLUMN asked_as.kind IS 'Kind of the entry.';
COMMENT ON COLUMN asked_as.key IS 'Key of the entry.';
COMMENT ON COLUMN asked_as.position IS 'Order among the phrases of the entry, from 0.';
COMMENT ON COLUMN asked_as.phrase IS 'As somebody may type it.';

COMMENT ON TABLE strategy IS 'Our second cut of the techniques: prompting, adaptation or alignment.';
COMMENT ON COLUMN strategy.node IS 'Key of the technique.';
COMMENT ON COLUMN strategy.strategy IS 'prompting, adaptation or alignment; null for none of the three.';
COMMENT ON COLUMN strategy.reason IS 'Why.';

COMMENT ON TABLE snapshot IS 'Which catalog this is.';
COMMENT ON COLUMN snapshot.schema_version IS 'Of the tables.';
COMMENT ON COLUMN snapshot.digest IS 'Of the content.';

COMMENT ON VIEW entry_node IS 'Classes of methods, data sets and metrics in one table.';
COMMENT ON COLUMN entry_node.kind IS 'Kind of the entry.';
COMMENT ON COLUMN entry_node.key IS 'Key of the entry.';
COMMENT ON COLUMN entry_node.node IS 'Key of the class.';

COMMENT ON VIEW link IS 'Every relation between two things, read from the first.';
COMMENT ON COLUMN link.kind IS 'Kind of the first.';
COMMENT ON COLUMN link.key IS 'Key of the first.';
COMMENT ON COLUMN link.relation IS 'In words.';
COMMENT ON COLUMN link.target_kind IS 'Kind of the second.';
COMMENT ON COLUMN link.target IS 'Key of the second; null for a thing that is not in the catalog.';
COMMENT ON COLUMN link.written IS 'The name as written.';
COMMENT ON COLUMN link.note IS 'On the relation.';

COMMENT ON VIEW published IS 'Every published number with its id, and whose data the row is given where it was reviewed.';
COMMENT ON COLUMN published.id IS 'Names the number.';
COMMENT ON COLUMN published.source IS 'Key of the source.';
COMMENT ON COLUMN published.source_table IS 'Table or figure of the source.';
COMMENT ON COLUMN published.dataset IS 'Key of the data set.';
COMMENT ON COLUMN published.task IS 'The task.';
COMMENT ON COLUMN published.split IS 'The split of the data.';
COMMENT ON COLUMN published.method IS 'Key of the label of the row.';
COMMENT ON COLUMN published.method_label IS 'The row as printed.';
COMMENT ON COLUMN published.method_kind IS 'method, variant, baseline, recommender, team entry or a control.';
COMMENT ON COLUMN published.method_entry IS 'Key of the method that the row is or varies; null where there is none.';
COMMENT ON COLUMN published.backbone IS 'The language model; empty where none is named.';
COMMENT ON COLUMN published.metric IS 'Key of the metric.';
COMMENT ON COLUMN published.metric_name IS 'Its name with the k filled in.';
COMMENT ON COLUMN published.k IS 'The cut-off; null where there is none.';
COMMENT ON COLUMN published.direction IS 'higher or lower: which is better.';
COMMENT ON COLUMN published.value IS 'The number.';
COMMENT ON COLUMN published.printed IS 'The number as printed.';
COMMENT ON COLUMN published.verified_by IS 'Where it was read.';
COMMENT ON COLUMN published.notes IS 'On the row.';
COMMENT ON COLUMN published.metric_id IS 'Key of the metric with its k.';
COMMENT ON COLUMN published.dataset_name IS 'What the data set is called.';
COMMENT ON COLUMN published.source_title IS 'Title of the source.';
COMMENT ON COLUMN published.source_arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN published.source_paper IS 'Key of the paper of the source.';
COMMENT ON COLUMN published.source_note IS 'On the numbers of the source.';
COMMENT ON COLUMN published.role IS 'Whose data a baseline or control row is given: non-personalized, wrong user, own data or not stated; null for other rows.';
COMMENT ON COLUMN published.role_reason IS 'Why it has this role.';

COMMENT ON VIEW improvement IS 'Every published number beside the non-personalized one of the same source, table, data set, task, split, backbone and metric.';
COMMENT ON COLUMN improvement.id IS 'Names the number.';
COMMENT ON COLUMN improvement.source IS 'Key of the source.';
COMMENT ON COLUMN improvement.source_table IS 'Table or figure of the source.';
COMMENT ON COLUMN improvement.dataset IS 'Key of the data set.';
COMMENT ON COLUMN improvement.task IS 'The task.';
COMMENT ON COLUMN improvement.split IS 'The split of the data.';
COMMENT ON COLUMN improvement.method IS 'Key of the label of the row.';
COMMENT ON COLUMN improvement.method_label IS 'The row as printed.';
COMMENT ON COLUMN improvement.method_kind IS 'method, variant, baseline, recommender, team entry or a control.';
COMMENT ON COLUMN improvement.method_entry IS 'Key of the method that the row is or varies; null where there is none.';
COMMENT ON COLUMN improvement.backbone IS 'The language model; empty where none is named.';
COMMENT ON COLUMN improvement.metric IS 'Key of the metric.';
COMMENT ON COLUMN improvement.metric_name IS 'Its name with the k filled in.';
COMMENT ON COLUMN improvement.k IS 'The cut-off; null where there is none.';
COMMENT ON COLUMN improvement.direction IS 'higher or lower: which is better.';
COMMENT ON COLUMN improvement.value IS 'The number.';
COMMENT ON COLUMN improvement.printed IS 'The number as printed.';
COMMENT ON COLUMN improvement.verified_by IS 'Where it was read.';
COMMENT ON COLUMN improvement.notes IS 'On the row.';
COMMENT ON COLUMN improvement.metric_id IS 'Key of the metric with its k.';
COMMENT ON COLUMN improvement.dataset_name IS 'What the data set is called.';
COMMENT ON COLUMN improvement.source_title IS 'Title of the source.';
COMMENT ON COLUMN improvement.source_arxiv_id IS 'Null where there is none.';
COMMENT ON COLUMN improvement.source_paper IS 'Key of the paper of the source.';
COMMENT ON COLUMN improvement.source_note IS 'On the numbers of the source.';
COMMENT ON COLUMN improvement.role IS 'Whose data a baseline or control row is given: non-personalized, wrong user, own data or not stated; null for other rows.';
COMMENT ON COLUMN improvement.role_reason IS 'Why it has this role.';
COMMENT ON COLUMN improvement.baseline_id IS 'The non-personalized number; null where there is none.';
COMMENT ON COLUMN improvement.baseline IS 'Its value.';
COMMENT ON COLUMN improvement.baseline_printed IS 'As printed.';
COMMENT ON COLUMN improvement.baseline_notes IS 'On its row.';
COMMENT ON COLUMN improvement.gain IS 'Positive where the number is better, whatever the direction; null without a baseline.';
COMMENT ON COLUMN improvement.gain_percent IS 'Of the baseline.';

COMMENT ON VIEW filed IS 'Every class that an entry is filed at, problems that a method addresses among them.';
COMMENT ON COLUMN filed.kind IS 'Kind of the entry.';
COMMENT ON COLUMN filed.key IS 'Key of the entry.';
COMMENT ON COLUMN filed.node IS 'Key of the class.';

COMMENT ON VIEW class_above IS 'A class and all above it, those of the cut by strategy among them, whose root is strategy.';
COMMENT ON COLUMN class_above.node IS 'The class.';
COMMENT ON COLUMN class_above.ancestor IS 'Itself or a class above it.';

COMMENT ON VIEW thing IS 'Everything that can be counted in a class: entries, and published numbers where their method, data set and metric stand.';
COMMENT ON COLUMN thing.measure IS 'Kind of the entry, or result.';
COMMENT ON COLUMN thing.id IS 'Key of the entry, or number of the row.';
COMMENT ON COLUMN thing.node IS 'Key of the class.';

COMMENT ON VIEW placement IS 'Where an entry stands on an axis of the Coverage page.';
COMMENT ON COLUMN placement.kind IS 'Kind of the entry.';
COMMENT ON COLUMN placement.key IS 'Key of the entry.';
COMMENT ON COLUMN placement.axis IS 'A facet, or strategy.';
COMMENT ON COLUMN placement.value IS 'Key of a class, a year, or yes and no.';

COMMENT ON VIEW axis_class IS 'The values of an axis that are classes, each with all that lies below it and itself.';
COMMENT ON COLUMN axis_class.axis IS 'The axis.';
COMMENT ON COLUMN axis_class.value IS 'Key of the class.';
COMMENT ON COLUMN axis_class.below IS 'Itself or a class below it.';
COMMENT ON COLUMN axis_class.name IS 'What the class is called.';
COMMENT ON COLUMN axis_class.mark IS 'confirmed, recalled or ours.';
COMMENT ON COLUMN axis_class.parent IS 'The class above.';
COMMENT ON COLUMN axis_class.depth IS 'In its tree.';
COMMENT ON COLUMN axis_class.position IS 'In a walk through the taxonomy.';

