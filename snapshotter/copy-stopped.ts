/**
 * A part of a copy ended early because another part failed or its snapshot was lost. It is a signal
 * and never the cause: what stopped the copy is reported instead.
 */
export class CopyStopped extends Error {
  constructor() {
    super('the copy was stopped');
    this.name = 'CopyStopped';
  }
}
