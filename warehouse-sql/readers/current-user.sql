-- The user of the connection.
-- Out: name.
-- By hand: as it is.
SELECT currentUser() AS name
