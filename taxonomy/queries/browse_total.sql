SELECT count(*) AS total FROM matching($words, $facets, $options) WHERE len(satisfied) = $chosen
