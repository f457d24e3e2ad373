/** Something wrong in the fleet file, with its place. */
export interface Problem {
  path: readonly PropertyKey[];
  message: string;
  hint?: string;
}
