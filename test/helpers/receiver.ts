import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { SentEventName } from '../../src/core/webhooks/endpoint-fields';
import { bodyOfEvent } from '../../src/http/econsent/webhook-events';

/** What an endpoint was sent. */
export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: { type: string; timestamp: string; sequence: number; data: Record<string, unknown> };
}

/** An endpoint over real HTTP. */
export interface Receiver {
  url: string;
  received: Received[];
  /** Whether each of them was signed with the secret, by the library that receivers use. */
  secret: string | null;
  /** Of what it was sent, the most at the same time. */
  mostAtOnce: number;
  /** Answers in its place; null: 204. */
  answer: ((response: ServerResponse, received: Received) => void) | null;
  close: () => Promise<void>;
}

/**
 * Starts an endpoint that verifies what it is sent as soon as it knows its secret: what is wrong gets
 * 401, and what is not as described 422.
 */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Omit<Receiver, 'url' | 'close'> = {
    received: [],
    secret: null,
    mostAtOnce: 0,
    answer: null,
  };
  let open = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    open += 1;
    receiver.mostAtOnce = Math.max(receiver.mostAtOnce, open);
    response.on('close', () => {
      open -= 1;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { headers } = request;
      try {
        if (receiver.secret)
          new Webhook(receiver.secret).verify(body, headers as Record<string, string>);
      } catch {
        response.writeHead(401).end();
        return;
      }
      const event = JSON.parse(body) as Received['event'];
      const one = { id: String(headers['webhook-id']), headers, body, event };
      const difference = differenceFrom(event);
      if (difference !== null) {
        response.writeHead(422).end(difference);
        return;
      }
      receiver.received.push(one);
      if (receiver.answer) receiver.answer(response, one);
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** How an event differs from its description, fields that are not described among it; null: not at all. */
function differenceFrom(event: Received['event']): string | null {
  const { shape } = bodyOfEvent(event.type as SentEventName);
  const data = z.strictObject((shape.data as z.ZodObject).shape);
  const { error } = z.strictObject({ ...shape, data }).safeParse(event);
  return error ? `${event.type}: ${error.message}` : null;
}
