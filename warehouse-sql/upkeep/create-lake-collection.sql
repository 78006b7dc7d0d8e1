-- Creates the named collection through which statements read the lake on S3.
-- In: collection: its name; assignments: `key = value NOT OVERRIDABLE`, separated by commas.
-- By hand: after the holes are filled.
CREATE NAMED COLLECTION IF NOT EXISTS {{collection}} AS {{assignments}}
