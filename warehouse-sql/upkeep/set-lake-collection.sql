-- Sets address and credentials of the lake in its named collection.
-- In: collection: its name; assignments: `key = value NOT OVERRIDABLE`, separated by commas.
-- By hand: after the holes are filled.
ALTER NAMED COLLECTION {{collection}} SET {{assignments}}
