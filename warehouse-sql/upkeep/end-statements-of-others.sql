-- Ends the statements of other lives of one part of the product, and waits until they have ended.
-- In: cluster: `ON CLUSTER default` or nothing; part: pattern of the query ids of that part, as a
-- literal; own: what the query ids of this life begin with, as a literal.
-- By hand: after the holes are filled.
KILL QUERY {{cluster}}
WHERE match(query_id, {{part}}) AND NOT startsWith(query_id, {{own}})
SYNC
