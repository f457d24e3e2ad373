export interface Suite {
  seconds: number;
  covers: readonly string[];
  quick?: true;
  docker?: true;
}
export const SUITES: Readonly<Record<string, Suite>>;
export function suitesWith(wanted: (suite: Suite) => unknown): string[];
export function selectSuites(of: { changed: readonly string[]; number: number }): {
  touched: string[];
  turn: string[];
  left: string[];
};
