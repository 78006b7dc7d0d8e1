import { describe, expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { collect } from '../../test/support/collect.ts';
import { keysOf } from './keys-of.ts';
import type { ListedObject, ObjectStore } from './object-store.ts';

/** An empty store for one test. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | null): string | null => (found === null ? null : new TextDecoder().decode(found));

async function listedKeys(listing: AsyncIterable<ListedObject>): Promise<string[]> {
  return (await collect(listing)).map((object) => object.key);
}

/**
 * The contract of `ObjectStore`; every store runs it. `freesKeys`: the key of a deleted object is
 * free. The product puts no key again that it has deleted, so a store need not do that.
 */
export function describeObjectStore(name: string, open: () => Promise<StoreUnderTest>, { freesKeys = true } = {}): void {
  describe(`${name} keeps the contract of an object store`, () => {
    test('an object is read back as it was put', async () => {
      await using context = await open();
      const body = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
      expect(await context.store.put('data/1_1/ab-1.arrow', body)).toBe('stored');
      expect(await context.store.get('data/1_1/ab-1.arrow')).toEqual(body);
      expect((await context.store.head('data/1_1/ab-1.arrow'))?.bytes).toBe(70_000);
    });

    test('an empty object is an object', async () => {
      await using context = await open();
      await context.store.put('empty', new Uint8Array(0));
      expect((await context.store.get('empty'))?.length).toBe(0);
      expect((await context.store.head('empty'))?.bytes).toBe(0);
    });

    test('a second put of a key changes nothing and says so', async () => {
      await using context = await open();
      await context.store.put('stream/1.json', bytes('first'));
      expect(await context.store.put('stream/1.json', bytes('second'))).toBe('exists');
      expect(text(await context.store.get('stream/1.json'))).toBe('first');
    });

    test('exactly one of many concurrent puts of a key is stored', async () => {
      await using context = await open();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => context.store.put('stream/2.json', bytes(`writer ${index}`))),
      );
      expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
      expect(text(await context.store.get('stream/2.json'))).toBe(`writer ${answers.indexOf('stored')}`);
    });

    test('a stream is stored whole, once, and not at all when it fails', async () => {
      await using context = await open();
      const megabyte = new Uint8Array(1024 * 1024).fill(7);
      async function* stream(chunks: number, fails = false): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < chunks; index += 1) yield megabyte;
        if (fails) throw new TailraceError('WAREHOUSE_UNAVAILABLE', 'the source of the stream is gone');
      }
      await expect(context.store.putStream('a=1/%C3.parquet', stream(40, true))).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
      expect(await context.store.head('a=1/%C3.parquet')).toBeNull();
      expect(await context.store.putStream('a=1/%C3.parquet', stream(40))).toBe('stored');
      expect(await context.store.putStream('a=1/%C3.parquet', stream(41))).toBe('exists');
      expect(await context.store.putStream('a=1/%C3.parquet', stream(1))).toBe('exists');
      expect((await context.store.head('a=1/%C3.parquet'))?.bytes).toBe(40 * megabyte.length);
      expect(await listedKeys(context.store.list('a=1/'))).toEqual(['a=1/%C3.parquet']);
      expect(await context.store.putStream('none', stream(0))).toBe('stored');
      expect((await context.store.head('none'))?.bytes).toBe(0);
    });

    test('replace stores over what was there', async () => {
      await using context = await open();
      await context.store.replace('readers/w/position.json', bytes('1'));
      await context.store.replace('readers/w/position.json', bytes('two'));
      expect(text(await context.store.get('readers/w/position.json'))).toBe('two');
    });

    test('what is not there is null, also below a name that is an object', async () => {
      await using context = await open();
      await context.store.put('a/b', bytes('x'));
      for (const key of ['nothing', 'a', 'a/b/c', 'a/c']) {
        expect(await context.store.get(key)).toBeNull();
        expect(await context.store.getRange(key, 0, 4)).toBeNull();
        expect(await context.store.head(key)).toBeNull();
      }
    });

    test('a range is cut at the end of the object', async () => {
      await using context = await open();
      await context.store.put('file', bytes('0123456789'));
      expect(text(await context.store.getRange('file', 2, 5))).toBe('234');
      expect(text(await context.store.getRange('file', 8, 100))).toBe('89');
      expect(text(await context.store.getRange('file', 10, 20))).toBe('');
      expect(text(await context.store.getRange('file', 4, 4))).toBe('');
    });

    test('a listing has all keys of a prefix in byte order', async () => {
      await using context = await open();
      const keys = ['a-b/x', 'a/b', 'a/b-c', 'a/b/c', 'a/B', 'a0', 'b/1', 'a/b.json'];
      await Promise.all(keys.map((key) => context.store.put(`${key}.z`, bytes(key))));
      const sorted = keys.map((key) => `${key}.z`).toSorted();
      expect(await listedKeys(context.store.list(''))).toEqual(sorted);
      expect(await listedKeys(context.store.list('a/'))).toEqual(sorted.filter((key) => key.startsWith('a/')));
      expect(await listedKeys(context.store.list('a/b'))).toEqual(sorted.filter((key) => key.startsWith('a/b')));
      expect(await listedKeys(context.store.list('a'))).toEqual(sorted.filter((key) => key.startsWith('a')));
      expect(await listedKeys(context.store.list('c/'))).toEqual([]);
      for (const after of [...sorted, 'a/b/', 'a/a', 'a', 'zz']) {
        expect(await listedKeys(context.store.list('', after))).toEqual(sorted.filter((key) => key > after));
        expect(await listedKeys(context.store.list('a/', after))).toEqual(sorted.filter((key) => key.startsWith('a/') && key > after));
      }
    });

    test('the keys alone are those of the listing', async () => {
      await using context = await open();
      for (const key of ['a/b/1', 'a/b-1', 'a/c', 'b']) await context.store.put(key, bytes('1'));
      for (const [prefix, after] of [
        ['', ''],
        ['a/', ''],
        ['a/b', ''],
        ['a/', 'a/b/1'],
        ['none/', ''],
      ] as const)
        expect(await collect(keysOf(context.store, prefix, after))).toEqual(await listedKeys(context.store.list(prefix, after)));
    });

    test('a listing tells size and time', async () => {
      await using context = await open();
      const before = Date.now();
      await context.store.put('stream/1', bytes('four'));
      const [object] = await collect(context.store.list('stream/'));
      expect(object?.bytes).toBe(4);
      expect(Math.abs((object?.modified.getTime() ?? 0) - before)).toBeLessThan(60_000);
    });

    test('a listing goes on over more than one page', async () => {
      await using context = await open();
      const keys = Array.from({ length: 1_050 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      for (let from = 0; from < keys.length; from += 50) {
        await Promise.all(keys.slice(from, from + 50).map((key) => context.store.put(key, bytes('.'))));
      }
      expect(await listedKeys(context.store.list('many/'))).toEqual(keys);
      expect(await listedKeys(context.store.list('many/', keys[1_010]))).toEqual(keys.slice(1_011));
    });

    test('a deleted object is gone, and deleting nothing is no error', async () => {
      await using context = await open();
      await context.store.put('data/x', bytes('1'));
      await context.store.delete('data/x');
      await context.store.delete('data/x');
      await context.store.delete('never/was');
      expect(await context.store.head('data/x')).toBeNull();
      expect(await context.store.put('data/x', bytes('2'))).toBe(freesKeys ? 'stored' : 'exists');
    });

    test('the caller may reuse its buffer once the put has resolved', async () => {
      await using context = await open();
      const buffer = bytes('one');
      await context.store.put('k', buffer);
      buffer.set(bytes('two'));
      expect(text(await context.store.get('k'))).toBe('one');
    });

    test('a view into a larger buffer is stored as the view', async () => {
      await using context = await open();
      await context.store.put('view', bytes('abcdef').subarray(2, 4));
      expect(text(await context.store.get('view'))).toBe('cd');
    });

    test('a key that leaves the store or cannot be a file name is refused', async () => {
      await using context = await open();
      for (const key of ['', '/a', 'a/', 'a//b', '../a', 'a/../b', '.tmp-1', 'a/.b', 'a b', 'ä']) {
        await expect(context.store.put(key, bytes('x'))).rejects.toMatchObject({ code: 'INTERNAL' });
      }
    });

    test('a watch reports an object that is put after it was set up', async ({ skip }) => {
      await using context = await open();
      const { store } = context;
      if (store.watch === undefined) return skip('this store cannot be watched and is polled');
      const abort = new AbortController();
      const changes = store.watch('stream/', abort.signal)[Symbol.asyncIterator]();
      expect((await changes.next()).done).toBe(false);
      const told = changes.next();
      await store.put('stream/1', bytes('x'));
      expect((await told).done).toBe(false);
      abort.abort();
      let last = await changes.next();
      while (last.done !== true) last = await changes.next();
    });
  });
}
