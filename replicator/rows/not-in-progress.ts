/**
 * A transaction that cannot be taken while it runs, because part of it can be judged only after its
 * commit. Nothing of it was published. A new stream without transactions in progress sends it whole
 * at its commit.
 */
export class NotInProgress extends Error {
  readonly xid: number;

  constructor(xid: number, reason: string) {
    super(`transaction ${xid} cannot be taken while it runs: ${reason}`);
    this.name = 'NotInProgress';
    this.xid = xid;
  }
}
