-- Rows of one chunk of a copy of a table without a key; each has the number of its chunk and its
-- own.
-- One thread: the numbers need not follow the file's order, but each is given once.
-- In: storage, columns and values (each followed by a comma), rows, version, first_row, settings.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_exact, _tr_version, _tr_row, _tr_sign)
SELECT {{values}} r._tr_exact, {{version}}, {{first_row}} + rowNumberInAllBlocks(), 1
FROM ({{rows}}) AS r
SETTINGS max_threads = 1, {{settings}}
