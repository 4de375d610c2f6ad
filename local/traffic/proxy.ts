import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { BalancerService } from '../services/elasticloadbalancingv2/balancer-service.ts';
import type { RequestFacts } from '../services/elasticloadbalancingv2/conditions.ts';
import type { CloudContext, Place } from '../services/service.ts';
import { type Decision, type Door, decide, errorAnswer } from './forwarding.ts';
import { stopwatch } from './stopwatch.ts';

export interface ProxyOptions {
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly loadBalancerArn: string;
  /** The listener that the proxy stands for; the first one where absent. */
  readonly listenerPort?: number;
  /** The port on this machine; a free one unless told. */
  readonly port?: number;
}

/** A load balancer's port on this machine is taken by something else. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

type Forward = Extract<Decision, { kind: 'forward' }>;

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
]);

/**
 * A real HTTP server that answers as one load balancer: rules and weights as its data plane has them, real requests to
 * really running targets. A request stays on the target that it was given, whatever happens to the rule meanwhile, until the
 * target's deregistration is over.
 */
export class LoadBalancerProxy {
  readonly #options: ProxyOptions;
  readonly #balancer: BalancerService;
  readonly #door: Door;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' });

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#balancer = options.cloud.service<BalancerService>(
      'elasticloadbalancingv2',
      options.place,
    );
    this.#door = {
      balancer: this.#balancer,
      loadBalancerArn: options.loadBalancerArn,
      ...(options.listenerPort === undefined ? {} : { listenerPort: options.listenerPort }),
      random: () => options.cloud.random(),
    };
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) =>
      this.#serve(incoming, outgoing),
    );
  }

  /** Begins to listen; answers its port. */
  listen(): Promise<number> {
    const wanted = this.#options.port ?? 0;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          error.code === 'EADDRINUSE'
            ? new PortInUseError(
                `port ${wanted} is in use; stop what listens there, or choose another`,
              )
            : error,
        );
      });
      this.#server.listen(wanted, '127.0.0.1', () => resolve(this.port));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Stops listening and lets no connection linger. */
  close(): Promise<void> {
    this.#agent.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const elapsed = stopwatch();
    const facts = factsOf(incoming);
    const decision = decide(this.#door, facts);
    if (decision.kind === 'answer') {
      incoming.resume();
      this.#answer(outgoing, decision, facts, elapsed());
      return;
    }
    this.#forward(incoming, outgoing, decision, facts);
  }

  #forward(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    decision: Forward,
    facts: RequestFacts,
  ): void {
    const elapsed = stopwatch();
    const { target, workload, group } = decision;
    const address = workload?.address;
    if (address === undefined) {
      incoming.resume();
      this.#answer(outgoing, errorAnswer(502, group), facts, elapsed());
      return;
    }
    target.outstanding += 1;
    let settled = false;
    const cut = (): void => void forwarded.destroy(new Error('the target has been deregistered'));
    target.underWay.add(cut);
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      target.outstanding -= 1;
      target.underWay.delete(cut);
      return true;
    };
    const idleMs =
      1000 *
      Number(
        this.#balancer.state
          .loadBalancer(this.#options.loadBalancerArn)
          .attributes.get('idle_timeout.timeout_seconds'),
      );
    const forwarded = request({
      ...address,
      method: facts.method,
      path: facts.path,
      headers: forwardedHeaders(incoming),
      agent: this.#agent,
      timeout: idleMs,
    });
    forwarded.on('response', (response) => {
      const headers = Object.entries(response.headers).filter(([name]) => !hopByHop.has(name));
      outgoing.writeHead(response.statusCode ?? 502, {
        ...Object.fromEntries(headers),
        ...(decision.cookies.length > 0 ? { 'set-cookie': [...decision.cookies] } : {}),
      });
      response.pipe(outgoing);
      response.once('end', () => {
        if (settle()) this.#record(decision, facts, response.statusCode ?? 502, elapsed());
      });
      response.once('error', () => {
        settle();
        outgoing.destroy();
      });
    });
    const failed = (status: 502 | 504): void => {
      if (!settle() || outgoing.headersSent) return;
      this.#answer(outgoing, errorAnswer(status, group), facts, elapsed());
    };
    forwarded.once('timeout', () => {
      failed(504);
      forwarded.destroy();
    });
    forwarded.once('error', () => failed(502));
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) {
        settle();
        forwarded.destroy();
      }
    });
    incoming.pipe(forwarded);
  }

  #answer(
    outgoing: ServerResponse,
    answer: Extract<Decision, { kind: 'answer' }>,
    facts: RequestFacts,
    latencyMs: number,
  ): void {
    outgoing.writeHead(answer.status, {
      ...answer.headers,
      'content-length': Buffer.byteLength(answer.body),
    });
    outgoing.end(facts.method === 'HEAD' ? undefined : answer.body);
    const { status, by, group } = answer;
    this.#balancer.metrics.record({
      ...this.#common(facts),
      targetGroup: group,
      status,
      by,
      latencyMs,
    });
  }

  #record(
    { group, workload }: Forward,
    facts: RequestFacts,
    status: number,
    latencyMs: number,
  ): void {
    this.#balancer.metrics.record({
      ...this.#common(facts),
      targetGroup: group,
      workload,
      status,
      by: 'target',
      latencyMs,
    });
  }

  #common({ host, path, method }: RequestFacts) {
    const loadBalancer = this.#balancer.state.loadBalancer(this.#options.loadBalancerArn);
    return { loadBalancer, host, path, method, count: 1 };
  }
}

const factsOf = (incoming: IncomingMessage): RequestFacts => ({
  host: incoming.headers.host ?? '',
  path: incoming.url ?? '/',
  method: incoming.method ?? 'GET',
  headers: incoming.headers,
  sourceIp: (incoming.socket.remoteAddress ?? '').replace('::ffff:', ''),
});

const forwardedHeaders = (incoming: IncomingMessage): Record<string, string | string[]> => {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
  }
  const client = (incoming.socket.remoteAddress ?? '').replace('::ffff:', '');
  const before = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before ? `${String(before)}, ${client}` : client;
  headers['x-forwarded-proto'] = 'http';
  headers['x-forwarded-port'] = '80';
  return headers;
};
