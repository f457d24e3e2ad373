import type { QueueOptions } from '../config/host-json.js';

type Encoding = QueueOptions['messageEncoding'];

/** The bytes of a message's text. Throws where base64 is asked for and the text is none (specification 5.4). */
export function decodeMessage(text: string, encoding: Encoding): Buffer {
  if (encoding === 'none') return Buffer.from(text, 'utf8');
  const compact = text.replace(/\s/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    const wayOut = 'If its sender writes plain text, set extensions.queues.messageEncoding to "none" in host.json.';
    throw new Error(`The message is not valid base64. ${wayOut}`);
  }
  return Buffer.from(compact, 'base64');
}

export function encodeMessage(content: Uint8Array | string, encoding: Encoding): string {
  return Buffer.from(content as string).toString(encoding === 'none' ? 'utf8' : 'base64');
}
