-- Inserts one file into the input table; the Arrow file is the body of the request.
-- In: input: name in backticks.
-- By hand: no; the file follows.
INSERT INTO tailrace.{{input}} FORMAT Arrow
