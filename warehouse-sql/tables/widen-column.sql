-- A column whose type got wider; every value stays what it is. In: storage, column, type.
ALTER TABLE tailrace.{{storage}} MODIFY COLUMN {{column}} {{type}}
