-- Ends what compactors with other leases still run. In: prefix of all their tags, own tag.
KILL QUERY WHERE startsWith(Settings['log_comment'], {{prefix}}) AND Settings['log_comment'] != {{own}} ASYNC
