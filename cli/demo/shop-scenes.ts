import type { ShopSize } from './shop-schema.ts';

/** Rows of one statement, as an application writes them, not a bulk load. */
const ROWS = 20;

export interface SceneOptions extends ShopSize {
  readonly index: number;
  /** Each session owns the ids of one remainder, so that sessions never wait for one another. */
  readonly sessions: number;
}

/** The statements of one transaction, from the number of transactions before it. */
type Scene = (turn: number) => string[];

/**
 * The events of a shop, in turn. Orders arrive and move through their states. Browsers send events,
 * some of them three hours late. Prices change, but wide descriptions do not. Some customers move
 * to another country and become regular ones. Carts are deleted, stock moves to another bin (a key
 * change), and a staging table fills and is truncated.
 */
export function shopScenes(options: SceneOptions): Scene[] {
  const { customers, products, orders, index, sessions } = options;
  const first = (turn: number): number => 1_000_000_000 * (index + 1) + turn * ROWS;
  const mine = (count: number): number => sessions * (1 + Math.floor((Math.random() * count) / sessions)) - ((sessions - index) % sessions);
  const several = (count: number): string => Array.from({ length: ROWS }, () => mine(count)).join(', ');
  const recent = `id % ${sessions} = ${index} and id > ${Math.floor(orders * 0.99)}`;
  const move = (from: string, to: string): string =>
    `update orders set state = '${to}', updated_at = now() where id in (select id from orders where state = '${from}' and ${recent} order by id limit ${ROWS})`;
  const placed: Scene = (turn) => [
    `insert into orders select ${first(turn)} + g, 1 + g * 7919 % ${customers}, (case when g % 4 = 0 then 'cart' else 'placed' end)::order_state, g * 9.99, now(), now() from generate_series(1, ${ROWS / 2}) g`,
    `insert into order_items select ${first(turn)} + g, 1, 1 + g * 31 % ${products}, 1, 9.99 from generate_series(1, ${ROWS / 2}) g`,
  ];
  const viewed: Scene = (turn) => [
    `insert into events select ${first(turn)} + g, clock_timestamp(), 1 + g * 31 % ${customers}, 'view', '{"live": true}' from generate_series(1, ${ROWS}) g`,
  ];
  const clicked: Scene = (turn) => [
    `insert into client_events (id, at, customer_id, kind, payload) select gen_random_uuid(), clock_timestamp() - case when g = 3 then interval '3 hours' else interval '1 second' end, 1 + g * 31 % ${customers},
      (array['view','search','cart','order'])[1 + g % 4], jsonb_build_object('product_id', 1 + (g * 31 + ${turn}) % ${products}, 'total', 19.99) from generate_series(1, ${ROWS}) g`,
  ];
  // One statement: between two, the other session may add an order that one of them would see.
  const paid: Scene = () => [
    `with moved as (${move('placed', 'paid')} returning id, total),
      paid as (insert into payments select gen_random_uuid(), id, total, 'card', now() from moved returning 1)
      select 1 from moved union all select 1 from paid`,
  ];
  const corrected: Scene = () => [`update orders set total = total + 0.01, updated_at = now() where id in (${several(orders)})`];
  const priced: Scene = () => [`update products set price = price + 0.05, updated_at = now() where id in (${several(products)})`];
  const described: Scene = () => [
    `update products set description = (select string_agg(md5(random()::text), ' ') from generate_series(1, 90)) where id = ${mine(products)}`,
    `update customers set country = (array['DE','FR','US','JP','BR'])[1 + floor(random() * 5)::int], tags = array['regular'] where id in (${mine(customers)}, ${mine(customers)})`,
  ];
  const counted: Scene = () => [
    `update inventory set quantity = quantity + 1, counted_on = current_date where product_id in (${several(products)})`,
  ];
  const moved: Scene = () => {
    const product = mine(products);
    return [
      `update inventory set bin = (select max(bin) + 1 from inventory where product_id = ${product}) where product_id = ${product} and bin = (select min(bin) from inventory where product_id = ${product})`,
    ];
  };
  const abandoned: Scene = () => {
    const carts = `select id from orders where state = 'cart' and ${recent} order by id limit 5`;
    return [`delete from order_items where order_id in (${carts})`, `delete from orders where id in (${carts})`];
  };
  const staged: Scene = (turn) => [`insert into staging select ${first(turn)} + g, md5(g::text) from generate_series(1, ${ROWS}) g`];
  const emptied: Scene = (turn) => (index === 0 && turn % 16 === 15 ? ['truncate staging'] : staged(turn));
  const shipped: Scene = () => [move('paid', 'shipped')];
  const delivered: Scene = () => [move('shipped', 'delivered')];
  return [
    placed,
    viewed,
    paid,
    corrected,
    clicked,
    priced,
    shipped,
    staged,
    abandoned,
    viewed,
    counted,
    moved,
    delivered,
    described,
    emptied,
  ];
}
