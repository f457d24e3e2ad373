/** A queue's name in lower case, as the extension has it. Throws where no queue can have it. */
export function queueName(name: unknown): string {
  if (typeof name === 'string' && /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/i.test(name)) return name.toLowerCase();
  throw new Error(
    `the queue name "${typeof name === 'string' ? name : ''}" is not valid: 3 to 63 letters, digits and single hyphens`,
  );
}
