-- The view of a name that a table no longer has. In: view.
DROP VIEW IF EXISTS {{view}}
