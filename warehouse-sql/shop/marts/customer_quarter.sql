-- One customer in one quarter that is over and in which the customer did something: what was known
-- when it ended, and whether the customer came back in the next one. Features use only events from
-- before `cutoff`; the last order and the version of the customer are joined as of it (ASOF).
-- `customer_from_copy`: that version is older than the history, so its values may be later than the
-- cutoff. `churned_next_quarter` is NULL until the next quarter is over as well.
-- Techniques: aggregate, group, window, join (ASOF), calculation, cast.
-- @kind table
-- @key customer_id, quarter_start
-- @every 1h
-- @test not_null cutoff, events_in_quarter
-- @test accepted churned_next_quarter: 0, 1
-- @test references customer_id: marts.dim_customer.customer_id
WITH
    (SELECT max(happened_at) FROM marts.fct_events) AS known_until,
    active AS (
        SELECT
            assumeNotNull(customer_id) AS customer,
            toStartOfQuarter(assumeNotNull(happened_at)) AS quarter,
            toDateTime64(addQuarters(quarter, 1), 6, 'UTC') AS cutoff,
            count() AS events,
            countIf(kind = 'view') AS views,
            countIf(kind = 'search') AS searches,
            countIf(kind = 'cart') AS carts,
            countIf(kind = 'order') AS orders,
            countIf(kind = 'login') AS logins,
            uniqExact(toDate(happened_at)) AS active_days,
            avg(page_ms) AS average_page_ms,
            max(assumeNotNull(happened_at)) AS last_at
        FROM marts.fct_events
        WHERE customer_id IS NOT NULL AND happened_at IS NOT NULL
        GROUP BY customer, quarter
    ),
    ordered AS (
        SELECT assumeNotNull(customer_id) AS customer, assumeNotNull(happened_at) AS ordered_at
        FROM marts.fct_events
        WHERE kind = 'order' AND customer_id IS NOT NULL AND happened_at IS NOT NULL
    ),
    paid AS (
        SELECT customer_id AS customer, toStartOfQuarter(paid_on) AS quarter, count() AS payments, sum(amount) AS amount
        FROM marts.fct_payments
        GROUP BY customer, quarter
    )
SELECT
    a.customer AS customer_id,
    a.quarter AS quarter_start,
    a.cutoff AS cutoff,
    a.events AS events_in_quarter,
    a.views AS views_in_quarter,
    a.searches AS searches_in_quarter,
    a.carts AS carts_in_quarter,
    a.orders AS orders_in_quarter,
    a.logins AS logins_in_quarter,
    a.active_days AS active_days,
    a.average_page_ms AS average_page_ms,
    sum(a.orders) OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - a.orders AS orders_before,
    ifNull(p.payments, 0) AS payments_in_quarter,
    ifNull(p.amount, 0) AS amount_in_quarter,
    dateDiff('day', a.last_at, a.cutoff) AS days_since_last_event,
    dateDiff('day', o.ordered_at, a.cutoff) AS days_since_last_order,
    c.customer_key AS customer_key,
    c.country_name AS country_name,
    c.segment AS segment,
    c.valid_from AS customer_valid_from,
    c.from_copy AS customer_from_copy,
    if(c.segment = 'regular', 1, 0) AS was_regular,
    dateDiff('day', c.customer_since, toDate(a.cutoff)) AS days_as_customer,
    if(
        addQuarters(a.quarter, 2) > toDate(known_until),
        NULL,
        CAST(leadInFrame(a.quarter) OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) != addQuarters(a.quarter, 1) AS UInt8)
    ) AS churned_next_quarter
FROM active AS a
ASOF LEFT JOIN ordered AS o ON o.customer = a.customer AND o.ordered_at < a.cutoff
ASOF LEFT JOIN marts.dim_customer AS c ON c.customer_id = a.customer AND c.valid_from < a.cutoff
LEFT JOIN paid AS p ON p.customer = a.customer AND p.quarter = a.quarter
WHERE addQuarters(a.quarter, 1) <= toDate(known_until)
WINDOW history AS (PARTITION BY a.customer ORDER BY a.quarter)
