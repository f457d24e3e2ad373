export interface Target {
  path: string;
  query: string;
  /** Only in an absolute target, as sent to a proxy. */
  authority?: string;
}

/** Splits a request target in origin form (`/path?query`) or absolute form; nothing is decoded. */
export function splitTarget(target: string): Target {
  const absolute = target.charCodeAt(0) === 0x2f ? null : /^https?:\/\/([^/?]*)/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return { path: path || '/', query: mark < 0 ? '' : rest.slice(mark + 1), authority: absolute?.[1] };
}

const hostText = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+;=-]+)(?::\d{1,5})?$/i;

/** Whether the text of a Host header can stand in a URL. */
export function isValidHost(host: string): boolean {
  return hostText.test(host) && URL.canParse(`http://${host}/`);
}

/** Asks `test` only when the text is another one than last time: most requests name the same host. */
export function lastAnswer(test: (text: string) => boolean): (text: string) => boolean {
  let text: string | undefined;
  let answer = false;
  return (asked) => {
    if (asked !== text) [answer, text] = [test(asked), asked];
    return answer;
  };
}
