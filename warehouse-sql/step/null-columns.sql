-- Which columns of a storage have a NULL in a row that counts. In: storage, final (`FINAL`, or
-- nothing), columns (`<1 where there is one> AS c<id>`), condition.
SELECT {{columns}}
FROM tailrace.{{storage}} AS t {{final}}
WHERE {{condition}}
