/**
 * The copy of a table stops between two ranges because its snapshot was held for as long as it may
 * be. It resumes under a new snapshot.
 */
export class LetGo extends Error {
  constructor() {
    super('the snapshot reached the longest time to hold it');
    this.name = 'LetGo';
  }
}
