-- The hardest question of the shop: how much of each country's revenue came from customers who were
-- gone a quarter later, did that get worse, and could slow pages have told? One row is a country in
-- a quarter whose next quarter is over.
-- Techniques: join, aggregate, group, window, calculation, cast, filter, sort.
-- @title Revenue of customers who left
-- @chart table
-- @every 1m
WITH
    revenue AS (
        SELECT customer_id, toStartOfQuarter(placed_on) AS quarter, sum(total) AS revenue
        FROM marts.fct_orders
        WHERE state != 'returned'
        GROUP BY customer_id, quarter
    ),
    by_country AS (
        SELECT
            q.quarter_start AS quarter,
            q.country_name AS country,
            count() AS customers,
            countIf(q.churned_next_quarter = 1) AS left_next,
            sum(toFloat64(ifNull(r.revenue, 0))) AS revenue,
            sumIf(toFloat64(ifNull(r.revenue, 0)), q.churned_next_quarter = 1) AS at_risk,
            avgIf(q.average_page_ms, q.churned_next_quarter = 1) - avgIf(q.average_page_ms, q.churned_next_quarter = 0) AS slower_by_ms
        FROM marts.customer_quarter AS q
        LEFT JOIN revenue AS r ON r.customer_id = q.customer_id AND r.quarter = q.quarter_start
        WHERE q.churned_next_quarter IS NOT NULL
        GROUP BY quarter, country
    )
SELECT
    quarter,
    country,
    customers,
    round(100 * left_next / customers, 1) AS left_percent,
    round(revenue) AS revenue,
    round(100 * at_risk / revenue, 1) AS risk_percent,
    round(risk_percent - lagInFrame(risk_percent, 1, risk_percent) OVER history, 1) AS change,
    rank() OVER (PARTITION BY quarter ORDER BY risk_percent DESC) AS worst,
    round(sum(at_risk) OVER history) AS lost_so_far,
    round(slower_by_ms) AS slower_by_ms
FROM by_country
WINDOW history AS (PARTITION BY country ORDER BY quarter ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY quarter DESC, worst
