-- (scalar) 0 while the lease is the newest one of the warehouse; throws when it is not. A statement
-- that contains it does nothing after the lease is lost, however late it arrives.
-- In: lease: key of the lease in tailrace.meta, as a literal; number: number of the lease;
-- warehouse: id of the warehouse, as a literal; lost: text of the exception, as a literal.
-- By hand: after the holes are filled.
(SELECT throwIf(maxIf(toUInt64OrZero(value), key = {{lease}}) != {{number}} OR argMaxIf(value, seq, key = 'warehouseId') != {{warehouse}}, {{lost}})
FROM tailrace.meta)
