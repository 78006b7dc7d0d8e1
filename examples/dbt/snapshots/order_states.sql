{% snapshot order_states %}
{{ config(strategy='check', unique_key='id', check_cols=['state'], target_schema='analytics') }}
select id, state, updated_at from {{ source('shop', 'orders') }}
{% endsnapshot %}
