const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * How long ago something was, in its largest unit: `8 m ago`. A time that lies ahead, by a clock that differs, is `just
 * now`.
 */
export function age(ms: number): string {
  if (ms < SECOND) return 'just now';
  const [unit, size] = (
    [
      ['d', DAY],
      ['h', HOUR],
      ['m', MINUTE],
      ['s', SECOND],
    ] as const
  ).find(([, length]) => ms >= length) ?? ['s', SECOND];
  return `${Math.floor(ms / size)} ${unit} ago`;
}

/** Clock time of an ISO time on this machine: `02:13:05`. */
export function clockTime(iso: string): string {
  const at = new Date(iso);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/**
 * An ISO time on this machine with its age: `02:13 (8 m ago)`; with the date when it is not of today. Text that is no
 * time stays.
 */
export function when(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const today = at.toDateString() === new Date(now).toDateString();
  const date = today ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  return `${date}${two(at.getHours())}:${two(at.getMinutes())} (${age(now - at.getTime())})`;
}
