import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Chance } from '../chance.ts';
import type { Cloud } from '../cloud.ts';
import { answer, protocolOf } from './answer.ts';
import { readBody } from './body.ts';
import { asWireError, type WireRequest, type WireResponse } from './message.ts';

/** A path of the door that is not AWS's. */
export type ExtraHandler = (request: Request) => Response | Promise<Response>;

export interface DoorOptions {
  readonly cloud: Cloud;
  /** 4566 unless told; 0 takes any that is free. */
  readonly port?: number;
  /** 127.0.0.1 unless told: the door checks no signature. */
  readonly host?: string;
  /** The account of callers whose access key id names none. */
  readonly account?: string;
  /** By path; one that ends in `/*` takes all below it. The longest wins. */
  readonly extra?: Readonly<Record<string, ExtraHandler>>;
}

/** An open door. */
export interface Door {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The door cannot be opened there: something else listens. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`port ${port} is in use; stop what listens there, or choose another port`, { cause });
    this.port = port;
  }
}

const DEFAULT_PORT = 4566;
const DEFAULT_ACCOUNT = '000000000000';
const SLOWEST_REQUEST_MS = 30_000;

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

const addressOf = ({ url = '/' }: IncomingMessage, host: string): URL | undefined =>
  URL.canParse(url, `http://${host}`) ? new URL(url, `http://${host}`) : undefined;

const send = (response: ServerResponse, { status, headers, body }: WireResponse): void => {
  if (response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes);
};

const findExtra = (
  extra: Readonly<Record<string, ExtraHandler>>,
  path: string,
): ExtraHandler | undefined => {
  const fitting = Object.keys(extra).filter((known) =>
    known.endsWith('/*') ? path.startsWith(known.slice(0, -1)) : path === known,
  );
  const [longest] = fitting.sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : extra[longest];
};

const answerExtra = async (
  handler: ExtraHandler,
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
): Promise<void> => {
  const method = request.method ?? 'GET';
  const body = ['GET', 'HEAD'].includes(method) ? null : Uint8Array.from(await readBody(request));
  const answered = await handler(new Request(url, { method, headers: headersOf(request), body }));
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) {
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(answered.body as ReadableStream), response).catch(() => {
    // The caller went away: nobody is left to be told.
  });
};

const listen = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUse(port, error) : error);
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });

/** Opens the HTTP door: all services of all accounts and Regions on one port. */
export const openDoor = async (options: DoorOptions): Promise<Door> => {
  const { cloud, extra = {}, account = DEFAULT_ACCOUNT, host = '127.0.0.1' } = options;
  // Not the cloud's own: who looks in over HTTP must not change what happens inside.
  const chance = new Chance('door');

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = addressOf(incoming, host);
    if (url === undefined) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('the address is none\n');
      return;
    }
    const extraHandler = findExtra(extra, url.pathname);
    if (extraHandler) {
      await answerExtra(extraHandler, incoming, url, response);
      return;
    }
    const request: WireRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: headersOf(incoming),
      body: new Uint8Array(),
    };
    const requestId = chance.uuid();
    let body: Uint8Array;
    try {
      body = await readBody(incoming);
    } catch (error) {
      response.setHeader('connection', 'close');
      send(response, protocolOf(request).fail(asWireError(error), undefined, requestId));
      return;
    }
    send(response, await answer(cloud, { ...request, body }, account, requestId));
  };

  const server = createServer({ requestTimeout: SLOWEST_REQUEST_MS }, (incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      cloud.warn(`door: ${incoming.method} ${incoming.url}: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else
        response.writeHead(500, { 'content-type': 'text/plain' }).end('the local cloud failed\n');
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
  });

  const { port } = await listen(server, options.port ?? DEFAULT_PORT, host);
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
