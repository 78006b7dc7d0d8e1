-- Inserts the staged rows that another shard has handed over; they are the body of the request.
-- In: staging: name in backticks.
-- By hand: no; the rows follow in the form Native.
INSERT INTO tailrace.{{staging}} FORMAT Native
