-- Parses a reader's statement, so that an error quotes the reader's own text.
-- In: statement: as a literal.
-- By hand: after the holes are filled.
SELECT formatQuery({{statement}})
