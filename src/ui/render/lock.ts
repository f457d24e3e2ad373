import { formatDuration } from '../../core/duration.js';
import type { LockList, LockRow } from '../../operations/lock/locks.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { when } from '../time.js';
import { brief, nextSteps, notes } from './parts.js';

function lockCells({ name, host, secondsLeft, holder }: LockRow, style: Style, now: number): string[] {
  const who = holder ? `${holder.operator.name}@${holder.operator.machine.split('/')[0] ?? ''}` : 'unknown';
  return [
    style.name(name),
    host,
    who,
    brief(holder?.reason ?? '-', 50),
    holder?.run ?? '-',
    holder ? when(holder.since, now) : '-',
    formatDuration(secondsLeft * 1000),
  ];
}

export function renderLocks({ locks, failed }: LockList, style: Style, now = Date.now()): string {
  const holes = notes(
    failed.map(({ host, message }) => `${host} did not answer: ${message}`),
    style,
  );
  if (locks.length === 0)
    return [failed.length > 0 ? 'No lock is held on the hosts that answered.' : 'No lock is held.', ...holes].join(
      '\n',
    );
  return [
    table(
      ['LOCK', 'HOST', 'HELD BY', 'DOING', 'RUN', 'SINCE', 'LEASE'],
      locks.map((lock) => lockCells(lock, style, now)),
      style,
    ),
    ...holes,
    ...nextSteps([[`fanops lock break ${locks[0]?.name ?? ''}`, 'only when its holder is gone']], style),
  ].join('\n');
}

export function renderBroken(broken: LockRow[], style: Style): string {
  const lines = broken.map(({ name, host, holder }) => {
    const who = holder ? `${holder.operator.name} (run ${holder.run})` : 'somebody unknown';
    return `Lock ${style.name(name)} on ${host} is free. It was held by ${who}.`;
  });
  return lines.join('\n');
}
