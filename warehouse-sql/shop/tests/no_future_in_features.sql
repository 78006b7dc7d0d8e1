-- A row of the training data that knows something from after its cutoff, or whose label is missing
-- although the next quarter is over.
-- @severity error
-- @every 1h
SELECT customer_id, quarter_start, cutoff, days_since_last_event, days_since_last_order, churned_next_quarter
FROM marts.customer_quarter
WHERE days_since_last_event < 0
    OR days_since_last_order < 0
    OR customer_valid_from >= cutoff
    OR (churned_next_quarter IS NULL AND quarter_start < (SELECT max(quarter_start) FROM marts.customer_quarter))
