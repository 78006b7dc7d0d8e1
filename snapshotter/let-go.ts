/**
 * The copy of a table stops between two ranges, as its snapshot was held as long as it may be; it
 * is gone on with under another one.
 */
export class LetGo extends Error {
  constructor() {
    super('the snapshot was held as long as it may be');
    this.name = 'LetGo';
  }
}
