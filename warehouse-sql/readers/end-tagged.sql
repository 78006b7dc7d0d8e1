-- Ends the statements whose log_comment compares like this.
-- In: tag: `= 'tag'` or `!= 'tag'`.
-- By hand: after the holes are filled.
KILL QUERY WHERE Settings['log_comment'] {{tag}} ASYNC
