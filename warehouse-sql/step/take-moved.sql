-- Inserts the rows that another shard has handed over; they are the body of the request.
-- In: table: name in backticks.
-- By hand: no; the rows follow in the form Native.
INSERT INTO tailrace.{{table}} FORMAT Native
