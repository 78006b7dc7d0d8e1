-- Inserts one file into the input table; the Arrow file is the body of the request.
-- In: input: name in backticks.
-- By hand: no; the client appends FORMAT Arrow and the file.
INSERT INTO tailrace.{{input}}
