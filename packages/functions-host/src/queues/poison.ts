const suffix = '-poison';

/** The poison queue's name; undefined where there can be none (specification 5.3). */
export function poisonQueueName(queue: string): string | undefined {
  if (queue.endsWith(suffix)) return undefined;
  const name = queue + suffix;
  return name.length <= 63 ? name : undefined;
}
