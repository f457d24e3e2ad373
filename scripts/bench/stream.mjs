// Large bodies, down and up, by a client that keeps nothing.
import { request } from 'node:http';

/** Reads so many MB. */
export function download(port, megabytes) {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: `/api/down?megabytes=${megabytes}` }, (answer) => {
      let bytes = 0;
      answer.on('data', (piece) => {
        bytes += piece.length;
      });
      answer
        .on('end', () => (bytes === megabytes * 2 ** 20 ? resolve() : reject(new Error(`${bytes} bytes came`))))
        .on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/** Sends so many MB. */
export function upload(port, megabytes) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path: '/api/up', method: 'POST' }, (answer) => {
      let text = '';
      answer.on('data', (piece) => {
        text += piece;
      });
      answer
        .on('end', () => (JSON.parse(text).bytes === megabytes * 2 ** 20 ? resolve() : reject(new Error(text))))
        .on('error', reject);
    });
    outgoing.on('error', reject);
    const piece = Buffer.alloc(65_536, 97);
    let left = megabytes * 16;
    const push = () => {
      while (left > 0) {
        left -= 1;
        if (!outgoing.write(piece)) return void outgoing.once('drain', push);
      }
      outgoing.end();
    };
    push();
  });
}
