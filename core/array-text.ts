const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/**
 * Walks the elements of a one-dimensional array's text, `{1,NULL,"a b"}`, without a string for
 * each. After `next`, the element is `bytes[start, end)`; `isNull` says that it is NULL.
 */
export class ArrayTextReader {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  isNull = false;
  #buf: Buffer = this.bytes;
  #at = 0;
  #last = 0;
  #scratch: Buffer = Buffer.allocUnsafeSlow(256);
  readonly #delimiter: number;

  /** `delimiter`: what separates the elements, `typdelim` of their type. */
  constructor(delimiter: ',' | ':' = ',') {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** False when the text is no `{…}`. */
  open(buf: Buffer, start: number, end: number): boolean {
    this.#buf = buf;
    this.#at = start + 1;
    this.#last = end - 1;
    return end - start >= 2 && buf[start] === OPEN && buf[end - 1] === CLOSE;
  }

  /** True with the next element, false after the last; undefined when the text is malformed. */
  next(): boolean | undefined {
    if (this.#at >= this.#last) return false;
    const found = this.#buf[this.#at] === QUOTE ? this.#readQuoted() : this.#readBare();
    if (!found) return undefined;
    if (this.#at === this.#last) return true;
    const separated = this.#buf[this.#at] === this.#delimiter && this.#at + 1 < this.#last;
    this.#at++;
    return separated ? true : undefined;
  }

  #readBare(): boolean {
    const buf = this.#buf;
    const first = this.#at;
    let at = first;
    while (at < this.#last && buf[at] !== this.#delimiter) {
      if (buf[at] === QUOTE || buf[at] === OPEN || buf[at] === CLOSE || buf[at] === BACKSLASH) return false;
      at++;
    }
    this.#set(buf, first, at);
    this.isNull = at - first === 4 && buf[first] === 78 && buf[first + 1] === 85 && buf[first + 2] === 76 && buf[first + 3] === 76;
    this.#at = at;
    return at > first;
  }

  #readQuoted(): boolean {
    const buf = this.#buf;
    const first = this.#at + 1;
    let at = first;
    while (at < this.#last && buf[at] !== QUOTE && buf[at] !== BACKSLASH) at++;
    this.isNull = false;
    if (buf[at] === BACKSLASH) return this.#readEscaped(first);
    this.#set(buf, first, at);
    this.#at = at + 1;
    return at < this.#last;
  }

  #readEscaped(first: number): boolean {
    const buf = this.#buf;
    if (this.#scratch.length < this.#last - first) this.#scratch = Buffer.allocUnsafeSlow(2 * (this.#last - first));
    let length = 0;
    let at = first;
    for (; at < this.#last && buf[at] !== QUOTE; at++) {
      if (buf[at] === BACKSLASH) at++;
      this.#scratch[length++] = buf[at] as number;
    }
    this.#set(this.#scratch, 0, length);
    this.#at = at + 1;
    return at < this.#last;
  }

  #set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}

/** An element as `array_out` prints it: quoted where it would not be read back as it is. */
export function printElement(text: string, delimiter: ',' | ':' = ','): string {
  const bare = text !== '' && !text.includes(delimiter) && !/[{}"\\ \t\n\r\v\f]/.test(text) && text.toUpperCase() !== 'NULL';
  return bare ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
