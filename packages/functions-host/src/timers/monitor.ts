import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Schedule } from './schedule.js';

export interface ScheduleStatus {
  /** ISO; undefined = never ran. */
  last?: string;
  next?: string;
  lastUpdated: string;
}

/** The stored status of one timer: a file that outlives the process and is shared by its siblings (specification 4). */
export class TimerMonitor {
  constructor(private readonly stateDir: string, private readonly functionName: string) {}

  get file(): string {
    return join(this.stateDir, 'timers', `${this.functionName.toLowerCase()}.json`);
  }

  /** Undefined where there is none, or where it cannot be parsed: the timer then starts afresh. */
  async read(): Promise<ScheduleStatus | undefined> {
    try {
      return JSON.parse(await readFile(this.file, 'utf8')) as ScheduleStatus;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(status: ScheduleStatus): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(status));
    await rename(temporary, this.file);
  }

  /**
   * True when the stored next run is past and the schedule is unchanged: one run is due at once, however many were
   * missed. Stores a fresh status for a new or changed schedule.
   */
  async checkPastDue(schedule: Schedule, now: Date): Promise<boolean> {
    const status = await this.read();
    const base = status && new Date(status.last ?? status.lastUpdated);
    if (!status || !base || schedule.next(base)?.toISOString() !== status.next) {
      await this.write({ last: status?.last, next: schedule.next(now)?.toISOString(), lastUpdated: now.toISOString() });
      return false;
    }
    return status.next !== undefined && now > new Date(status.next);
  }
}
