/** What a run tells its listeners while it goes on. Listeners render it; none can change the run. */
export type RunEvent =
  | { type: 'run.started'; runId: string; title: string; resumed: boolean; steps: StepLabel[] }
  | { type: 'steps.added'; after: string; steps: StepLabel[] }
  | { type: 'step.started'; id: string; title: string; host?: string }
  /** What a step does or waits for now, with the last thing it saw. */
  | { type: 'step.progress'; id: string; message: string }
  /** A line that a command of the step printed. */
  | { type: 'step.output'; id: string; line: string }
  | { type: 'step.done'; id: string; unchanged: boolean; ms: number; detail?: string }
  | { type: 'step.failed'; id: string; ms: number; message: string }
  /** The way back to safety after a failure, or the removal of something temporary. */
  | { type: 'recovery.started'; title: string }
  | { type: 'recovery.done'; title: string }
  | { type: 'recovery.failed'; title: string; message: string }
  | { type: 'notice'; message: string }
  | { type: 'run.ended'; runId: string; status: 'succeeded' | 'failed' | 'cancelled' | 'undone'; ms: number };

export interface StepLabel {
  id: string;
  title: string;
  host?: string;
  /** The steps of a block's lanes run at once. */
  parallel?: { block: string; lane: string };
}

export type RunListener = (event: RunEvent) => void;
