-- Revenue by day is the revenue of all items.
select 1
from (select sum(revenue) as built from {{ ref('revenue_by_day') }}) as b
cross join (select sum(quantity * price) as sold from {{ source('shop', 'order_items') }}) as s
where built != sold
