/** The value of a name in a record. A user may write any name, also one that every object inherits. */
export const ownValue = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
