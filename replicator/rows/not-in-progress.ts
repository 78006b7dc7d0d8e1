/**
 * A transaction that cannot be taken while it runs, as something in it can be judged only when it
 * is committed. It comes whole at its commit when the stream is begun anew without what is in
 * progress; nothing of it was published.
 */
export class NotInProgress extends Error {
  readonly xid: number;

  constructor(xid: number, reason: string) {
    super(`transaction ${xid} is not taken while it runs: ${reason}`);
    this.name = 'NotInProgress';
    this.xid = xid;
  }
}
