/**
 * Source of the watchdog's thread, as text: the program is a single file, so there is no other file to start a thread
 * from. It has an event loop of its own, which a blocked main thread cannot stop. Time is counted in ticks of this
 * loop,
 * so that a machine that slept, or a process that was paused, wakes up without an alarm.
 */
export const threadSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { appendFileSync, writeSync } = require('node:fs');
const { beats, tickMs, limitMs, errorFile } = workerData;
let running, names = [], seen = -1, silentMs = 0, alarmed = false;

parentPort.on('message', (message) => { ({ names, running } = message); });

setInterval(() => {
  const beat = Atomics.load(beats, 0);
  silentMs = beat === seen ? silentMs + tickMs : 0;
  seen = beat;
  if (silentMs >= limitMs && !alarmed) { alarmed = true; void end(); }
}, tickMs);

async function end() {
  const busy = names.filter((_name, index) => running[index] > 0);
  const at = await Promise.race([blockedAt(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  const message = 'The event loop was blocked for ' + Math.round(silentMs / 1000) + ' s: this process ends and is to be started anew.'
    + (at ? ' It was in ' + at + '.' : '') + (busy.length > 0 ? ' Functions under way: ' + busy.join(', ') + '.' : '');
  const line = JSON.stringify({ time: new Date().toISOString(), level: 'critical', category: 'Host.Watchdog', message }) + '\\n';
  try {
    if (errorFile) appendFileSync(errorFile, line);
    else writeSync(2, line);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Where the main thread is, by pausing it from here. */
function blockedAt() {
  return new Promise((resolve) => {
    const session = new (require('node:inspector').Session)();
    session.connectToMainThread();
    const urls = new Map();
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    session.on('Debugger.paused', ({ params }) => {
      const frames = params.callFrames.map((frame) => ({ ...frame, url: frame.url || urls.get(frame.location.scriptId) || '' }));
      const frame = frames.find(({ url }) => url && !url.startsWith('node:')) || frames[0];
      const place = frame && frame.url.replace(/^file:\\/\\//, '') + ':' + (frame.location.lineNumber + 1);
      resolve(frame && (frame.functionName || 'a function') + ' (' + place + ')');
    });
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });
}
`;
