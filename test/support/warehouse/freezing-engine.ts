import type { Engine } from '../../../warehouse/engine.ts';

/**
 * A process that is frozen before the statement that fits: it is sent only when told so, however
 * long after.
 */
export function freezing(inner: Engine, fits: RegExp): { engine: Engine; frozen: Promise<void>; wake: () => void } {
  const frozen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  const engine: Engine = {
    traits: inner.traits,
    exec: async (sql) => {
      if (fits.test(sql)) {
        frozen.resolve();
        await woken.promise;
      }
      return inner.exec(sql);
    },
    execTogether: async (statements) => {
      for (const sql of statements) await engine.exec(sql);
    },
    query: (sql) => inner.query(sql),
    insertRows: (insert, body) => inner.insertRows?.(insert, body) ?? Promise.resolve(),
    read: (request) => inner.read(request),
    identify: (life) => inner.identify?.(life),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
  return { engine, frozen: frozen.promise, wake: () => woken.resolve() };
}
