"""What clickhouse-connect sees with each compression, and two dialects of SQLAlchemy."""

import sys

import clickhouse_connect
from sqlalchemy import MetaData, Table, create_engine, inspect, select, text

HOST, PORT = sys.argv[1], int(sys.argv[2])
LATE = "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)"
PARTNER = "SELECT b.m FROM (SELECT 1 AS n) AS a LEFT JOIN (SELECT 2 AS m) AS b ON a.n = b.m"


def null(value):
    return "NULL" if value is None else value


def connect(mode, compress):
    client = clickhouse_connect.get_client(host=HOST, port=PORT, compress=compress, database="public")
    print(f"{mode}: count {client.command('SELECT count() FROM orders')}")
    streamed = 0
    with client.query_row_block_stream("SELECT * FROM orders ORDER BY id") as blocks:
        for block in blocks:
            if streamed == 0:
                print(f"{mode}: first {block[0][0]} {null(block[0][1])}")
            streamed += len(block)
    print(f"{mode}: streamed {streamed}")
    print(f"{mode}: parameter {client.query('SELECT {n:UInt8} + 1', parameters={'n': 41}).result_rows[0][0]}")
    print(f"{mode}: partner {null(client.query(PARTNER).result_rows[0][0])}")
    try:
        client.query("SELECT nope")
    except Exception as error:
        print(f"{mode}: wrong {'47' if 'code: 47' in str(error) else error}")
    try:
        with client.query_row_block_stream(LATE, settings={"wait_end_of_query": 0}) as blocks:
            sum(len(block) for block in blocks)
        print(f"{mode}: late looked whole")
    except Exception as error:
        print(f"{mode}: late {'failed' if 'boom' in str(error) else error}")


def alchemy(mode, dialect):
    engine = create_engine(f"{dialect}://default:@{HOST}:{PORT}/public")
    if inspect(engine).get_table_names() != ["orders"]:
        raise RuntimeError("the table is not listed")
    with engine.connect() as connection:
        ask = lambda sql, **values: connection.execute(text(sql), values)
        print(f"{mode}: count {ask('SELECT count() FROM orders').scalar()}")
        orders = Table("orders", MetaData(), autoload_with=engine)
        rows = connection.execute(select(orders.c.id, orders.c.name).order_by(orders.c.id)).fetchall()
        print(f"{mode}: first {rows[0][0]} {null(rows[0][1])}")
        print(f"{mode}: streamed {len(rows)}")
        print(f"{mode}: parameter {ask('SELECT toUInt8(:n) + 1 AS x', n=41).scalar()}")
        print(f"{mode}: partner {null(ask(PARTNER).scalar())}")
        try:
            ask("SELECT nope").fetchall()
        except Exception as error:
            print(f"{mode}: wrong {'47' if 'code: 47' in str(error).lower() else error}")
        try:
            ask(LATE).fetchall()
            print(f"{mode}: late looked whole")
        except Exception:
            print(f"{mode}: late failed")


connect("defaults", True)
for method in ("lz4", "zstd", "gzip"):
    connect(method, method)
connect("uncompressed", False)
alchemy("sqlalchemy", "clickhouse+http")
# The dialect of clickhouse-connect, which Superset uses.
alchemy("superset", "clickhousedb")
