import { MemoryStore } from './memory-store.ts';
import { describeObjectStore } from '../../lake/store/object-store.contract.ts';

describeObjectStore('the memory store', async () => {
  const store = new MemoryStore();
  return { store, [Symbol.asyncDispose]: () => store.close() };
});
