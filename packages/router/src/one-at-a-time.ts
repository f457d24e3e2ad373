/** Runs jobs one after the other, in the order in which they came; one that fails stops none behind it. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the job gives */
  run<T>(job: () => Promise<T>): Promise<T> {
    const next = this.#last.then(job, job);
    this.#last = next;
    return next;
  }
}
