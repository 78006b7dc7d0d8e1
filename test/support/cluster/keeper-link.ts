import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

const HEAD = 4;

/**
 * Messages between a node of a cluster and its keeper, over a socket: the length of each, then
 * its bytes as node:v8 writes them. A message that is sent after the end is lost.
 */
export class KeeperLink<Sent, Heard> {
  readonly #socket: Socket;
  /** What came of the next message. */
  #parts: Buffer[] = [];
  #size = 0;

  /** `ended` is called once, when the other side is gone. */
  constructor(socket: Socket, { hear, ended }: { hear: (message: Heard) => void; ended: () => void }) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (part) => this.#take(part, hear));
    // It ends the socket, too.
    socket.on('error', () => undefined);
    socket.once('close', ended);
  }

  send(message: Sent): void {
    const bytes = serialize(message);
    const head = Buffer.alloc(HEAD);
    head.writeUInt32BE(bytes.length);
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(bytes);
    this.#socket.uncork();
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(part: Buffer, hear: (message: Heard) => void): void {
    this.#parts.push(part);
    this.#size += part.length;
    for (;;) {
      const head = this.#parts[0];
      const length = head !== undefined && head.length >= HEAD ? head.readUInt32BE() : null;
      if (this.#size < HEAD + (length ?? 0)) return;
      const all = Buffer.concat(this.#parts);
      this.#parts = [all];
      // The head came in pieces.
      if (length === null) continue;
      const rest = all.subarray(HEAD + length);
      this.#parts = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
      hear(deserialize(all.subarray(HEAD, HEAD + length)) as Heard);
    }
  }
}
