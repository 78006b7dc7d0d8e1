import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** One server-sent event. */
export interface ReadEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** A client of server-sent events; it reads until it is disposed of. */
export class EventReader implements AsyncDisposable {
  readonly events: ReadEvent[] = [];
  readonly status: number;
  readonly #response: IncomingMessage;
  #rest = '';

  /** Resolves with the head of the answer. */
  static open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (response) => resolve(new EventReader(response))).on('error', reject);
    });
  }

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (text: string) => {
      const blocks = (this.#rest + text).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const [event, data] = [fields.get('event'), fields.get('data')];
    if (event !== undefined && data !== undefined) this.events.push({ event, id: fields.get('id') ?? null, data });
  }
}
