-- A database of the warehouse: `tailrace` for storage and state, one per schema of the source for
-- the views.
-- In: database.
CREATE DATABASE IF NOT EXISTS {{database}}
