import type { FaultProxy } from './index.js';

const TYPE = { 'content-type': 'text/xml' };

/**
 * Splits the next list of the EC2 API that fits into pages: its first thing, nothing, and the others.
 * @param on what the body of the request has, e.g. `/Action=DescribeImages/`
 * @param set the element that holds the things, e.g. `imagesSet`
 */
export function splitList({ faults }: FaultProxy, on: RegExp, set: string): void {
  const whole = new RegExp(`<${set}>([\\s\\S]*)</${set}>`);
  const page = (body: string, items: string[], next?: string): string =>
    body.replace(whole, () => `<${set}>${items.join('')}</${set}>${next ? `<nextToken>${next}</nextToken>` : ''}`);
  faults.push({
    on: { body: on },
    times: 1,
    then: {
      kind: 'rewrite',
      body: (body) => {
        const [first = '', ...others] = itemsIn(whole.exec(body)?.[1] ?? '');
        faults.push(
          {
            on: { body: /NextToken=page-2/ },
            times: 1,
            then: { kind: 'answer', status: 200, headers: TYPE, body: page(body, [], 'page-3') },
          },
          {
            on: { body: /NextToken=page-3/ },
            times: 1,
            then: { kind: 'answer', status: 200, headers: TYPE, body: page(body, others) },
          },
        );
        return page(body, [first], 'page-2');
      },
    },
  });
}

/** The outermost `<item>` elements of a text. */
function itemsIn(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: tag, index } of text.matchAll(/<\/?item>/g)) {
    if (tag === '<item>' && depth === 0) from = index;
    depth += tag === '<item>' ? 1 : -1;
    if (depth === 0) items.push(text.slice(from, index + tag.length));
  }
  return items;
}
