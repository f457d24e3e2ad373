import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';

/** Queues of a test, with messages in the host's encoding. */
export function queueOf(connection: string, name: string): QueueClient {
  return QueueServiceClient.fromConnectionString(connection).getQueueClient(name);
}

export function send(queue: QueueClient, text: string): Promise<unknown> {
  return queue.sendMessage(Buffer.from(text).toString('base64'));
}

/** Messages that wait or are hidden; -1 where there is no queue. */
export async function depth(queue: QueueClient): Promise<number> {
  return (await queue.exists()) ? ((await queue.getProperties()).approximateMessagesCount ?? -1) : -1;
}

/** Takes what is visible and gives its texts. */
export async function texts(queue: QueueClient): Promise<string[]> {
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  return receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString());
}
