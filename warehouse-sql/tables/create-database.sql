-- Creates a database of the warehouse: `tailrace` for storage and state, and one per schema of the
-- source for the views.
-- In: database: name in backticks.
-- By hand: after the holes are filled.
CREATE DATABASE IF NOT EXISTS {{database}}
