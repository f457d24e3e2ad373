import { TableClient, odata } from '@azure/data-tables';
import { levelOf, waitMinutes } from './wait.js';

let opening;

/** The table `gates`, made at first use. */
async function table() {
  opening ??= open().catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function open() {
  // Azurite speaks plain http.
  const options = { allowInsecureConnection: true };
  const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'gates', options);
  await client.createTable();
  return client;
}

const by = (...names) => (a, b) => {
  const name = names.find((each) => a[each] !== b[each]);
  return name ? (a[name] < b[name] ? -1 : 1) : 0;
};

function toGate(entity) {
  const { partitionKey, rowKey, level, waitMinutes: wait, queueLength, perMinuteCount, avgProcessingTime, lastEventAt, stale } = entity;
  return {
    stadiumId: partitionKey, gateId: rowKey, level, waitMinutes: wait, queueLength, perMinuteCount, avgProcessingTime, lastEventAt, stale,
  };
}

async function list(filter) {
  const gates = [];
  for await (const entity of (await table()).listEntities({ queryOptions: { filter } })) gates.push(entity);
  return gates;
}

async function find(stadiumId, gateId) {
  try {
    return await (await table()).getEntity(stadiumId, gateId);
  } catch (error) {
    if (error.statusCode === 404) return undefined;
    throw error;
  }
}

/** Gates of a stadium, by gate id. */
export async function gatesOfStadium(stadiumId) {
  return (await list(odata`PartitionKey eq ${stadiumId}`)).map(toGate).sort(by('gateId'));
}

/** Gates with an id, by stadium; at most one when the stadium is given. */
export async function gatesById(gateId, stadiumId) {
  if (!stadiumId) return (await list(odata`RowKey eq ${gateId}`)).map(toGate).sort(by('stadiumId'));
  const entity = await find(stadiumId, gateId);
  return entity ? [toGate(entity)] : [];
}

/** Stores the state of a gate after an event. An event older than the stored one changes nothing and gives undefined. */
export async function saveGate({ stadiumId, gateId, ts, perMinuteCount, avgProcessingTime, queueLength }) {
  const stored = await find(stadiumId, gateId);
  if (stored && stored.lastEventAt > ts) return undefined;
  const minutes = waitMinutes(queueLength, avgProcessingTime);
  const entity = {
    partitionKey: stadiumId,
    rowKey: gateId,
    level: levelOf(minutes),
    waitMinutes: { type: 'Double', value: String(Math.round(minutes * 10) / 10) },
    queueLength,
    perMinuteCount,
    avgProcessingTime: { type: 'Double', value: String(avgProcessingTime) },
    lastEventAt: ts,
    stale: false,
  };
  await (await table()).upsertEntity(entity, 'Replace');
  return entity;
}

/** Flags gates whose last event is before a time; gives those it flagged. */
export async function flagStale(before) {
  const flagged = [];
  for (const { partitionKey, rowKey, etag } of await list(odata`stale eq ${false} and lastEventAt lt ${before.toISOString()}`)) {
    try {
      await (await table()).updateEntity({ partitionKey, rowKey, stale: true }, 'Merge', { etag });
      flagged.push({ stadiumId: partitionKey, gateId: rowKey });
    } catch (error) {
      // An event came in meanwhile: the gate is not stale any more.
      if (error.statusCode !== 412) throw error;
    }
  }
  return flagged.sort(by('stadiumId', 'gateId'));
}
