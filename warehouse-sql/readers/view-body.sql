-- The SELECT of an ordinary view, as the engine stored it, with full names of tables. No row: there
-- is no such table; an empty body: it is no ordinary view.
-- In: database, name: literals.
-- Out: body.
-- By hand: after the holes are filled.
SELECT if(engine = 'View', as_select, '') AS body
FROM system.tables
WHERE database = {{database}} AND name = {{name}}
