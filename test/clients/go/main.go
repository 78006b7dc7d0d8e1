// What clickhouse-go sees over HTTP, with each compression, and by way of database/sql.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
)

const late = "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)"
const partner = "SELECT b.m FROM (SELECT 1 AS n) AS a LEFT JOIN (SELECT 2 AS m) AS b ON a.n = b.m"

func main() {
	address := os.Args[1] + ":" + os.Args[2]
	for mode, method := range map[string]ch.CompressionMethod{
		"none": ch.CompressionNone, "lz4": ch.CompressionLZ4, "zstd": ch.CompressionZSTD,
		"gzip": ch.CompressionGZIP, "deflate": ch.CompressionDeflate, "br": ch.CompressionBrotli,
	} {
		options := &ch.Options{
			Protocol: ch.HTTP, Addr: []string{address}, Auth: ch.Auth{Database: "public"},
			Compression: &ch.Compression{Method: method, Level: 3},
		}
		native(mode, options)
		if mode == "lz4" {
			standard("database/sql", options)
		}
	}
}

func native(mode string, options *ch.Options) {
	ctx := context.Background()
	conn, err := ch.Open(options)
	if err != nil {
		fmt.Println(mode+": open", err)
		return
	}
	var count uint64
	fmt.Println(mode+": count", value(conn.QueryRow(ctx, "SELECT count() FROM orders").Scan(&count), &count))
	rows, err := conn.Query(ctx, "SELECT id, name, at, tags FROM orders ORDER BY id")
	streamed := 0
	for err == nil && rows.Next() {
		var id uint64
		var name *string
		var at time.Time
		var tags []string
		if err = rows.Scan(&id, &name, &at, &tags); err == nil && streamed == 0 {
			fmt.Println(mode+": first", id, text(name))
		}
		streamed++
	}
	if err == nil {
		err = rows.Err()
	}
	fmt.Println(mode+": streamed", value(err, &streamed))
	var sum uint16
	fmt.Println(mode+": parameter", value(conn.QueryRow(ctx, "SELECT {n:UInt8} + 1", ch.Named("n", uint8(41))).Scan(&sum), &sum))
	var m *uint8
	if err := conn.QueryRow(ctx, partner).Scan(&m); err == nil && m == nil {
		fmt.Println(mode + ": partner NULL")
	}
	_, err = conn.Query(ctx, "SELECT nope")
	fmt.Println(mode+": wrong", code(err))
	rows, err = conn.Query(ctx, late)
	for err == nil && rows.Next() {
	}
	if err == nil {
		err = rows.Err()
	}
	fmt.Println(mode+": late", failed(err))
}

func standard(mode string, options *ch.Options) {
	db := ch.OpenDB(options)
	var count uint64
	fmt.Println(mode+": count", value(db.QueryRow("SELECT count() FROM orders").Scan(&count), &count))
	rows, err := db.Query("SELECT id, name FROM orders ORDER BY id")
	streamed := 0
	for err == nil && rows.Next() {
		var id uint64
		var name sql.NullString
		if err = rows.Scan(&id, &name); err == nil && streamed == 0 && !name.Valid {
			fmt.Println(mode+": first", id, "NULL")
		}
		streamed++
	}
	fmt.Println(mode+": streamed", value(err, &streamed))
	var sum uint16
	fmt.Println(mode+": parameter", value(db.QueryRow("SELECT toUInt8(?) + 1", 41).Scan(&sum), &sum))
	var m sql.NullInt64
	if err := db.QueryRow(partner).Scan(&m); err == nil && !m.Valid {
		fmt.Println(mode + ": partner NULL")
	}
	_, err = db.Query("SELECT nope")
	fmt.Println(mode+": wrong", code(err))
	rows, err = db.Query(late)
	for err == nil && rows.Next() {
	}
	if err == nil {
		err = rows.Err()
	}
	fmt.Println(mode+": late", failed(err))
}

func value[T any](err error, found *T) any {
	if err != nil {
		return err
	}
	return *found
}

func text(name *string) string {
	if name == nil {
		return "NULL"
	}
	return *name
}

func code(err error) string {
	if err != nil && strings.Contains(err.Error(), "code: 47") {
		return "47"
	}
	return fmt.Sprint(err)
}

func failed(err error) string {
	if err != nil && strings.Contains(err.Error(), "boom") {
		return "failed"
	}
	return fmt.Sprint("looked whole: ", err)
}
