-- One day between 2015 and 2044. It has no input, so it is a view and never changes.
-- Techniques: calculation, cast.
-- @test unique date
-- @test rows >= 10000
SELECT
    toDate('2015-01-01') + number AS date,
    toYear(date) AS year,
    toQuarter(date) AS quarter_of_year,
    toStartOfQuarter(date) AS quarter,
    toStartOfMonth(date) AS month,
    toISOWeek(date) AS iso_week,
    toDayOfWeek(date) AS day_of_week,
    CAST(day_of_week >= 6 AS Bool) AS is_weekend
FROM numbers(dateDiff('day', toDate('2015-01-01'), toDate('2045-01-01')))
