-- Ends the statements that compactors with other leases still run.
-- In: prefix: common prefix of their tags, as a literal; own: own tag, as a literal.
-- By hand: after the holes are filled.
KILL QUERY WHERE startsWith(Settings['log_comment'], {{prefix}}) AND Settings['log_comment'] != {{own}} ASYNC
