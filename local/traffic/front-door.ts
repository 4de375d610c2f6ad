import { request } from 'node:http';
import type { BalancerService } from '../services/elasticloadbalancingv2/balancer-service.ts';
import type { CloudContext, Place } from '../services/service.ts';
import { type Decision, decide, errorAnswer } from './forwarding.ts';
import { stopwatch } from './stopwatch.ts';

interface Answered {
  readonly response: Response;
  readonly latencyMs: number;
}

/** Requests that name a load balancer's DNS name from inside the cloud, through the same rules, targets and metrics. */
export const answerAtDnsName = async (
  given: { cloud: CloudContext; place: Place; loadBalancerArn: string },
  url: URL,
  init: RequestInit,
): Promise<Response> => {
  const balancer = given.cloud.service<BalancerService>('elasticloadbalancingv2', given.place);
  const loadBalancer = balancer.state.loadBalancer(given.loadBalancerArn);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!loadBalancer.listeners.some((listener) => listener.settings.Port === port)) {
    throw new TypeError('fetch failed', {
      cause: new Error(`connect ECONNREFUSED ${url.host}:${port}`),
    });
  }
  const headers = headersOf(init);
  const facts = {
    host: headers['host'] ?? url.hostname,
    path: `${url.pathname}${url.search}`,
    method: (init.method ?? 'GET').toUpperCase(),
    headers,
    sourceIp: '10.0.255.2',
  };
  const door = {
    balancer,
    loadBalancerArn: given.loadBalancerArn,
    listenerPort: port,
    random: () => given.cloud.random(),
  };
  const decision = decide(door, facts);
  const record = (answer: {
    status: number;
    by: 'target' | 'loadBalancer' | 'fixedResponse' | 'redirect';
    latencyMs: number;
  }): void => {
    const group = decision.kind === 'forward' ? decision.group : undefined;
    const workload = decision.kind === 'forward' ? decision.workload : undefined;
    const { host, path, method } = facts;
    balancer.metrics.record({
      loadBalancer,
      targetGroup: group,
      workload,
      host,
      path,
      method,
      count: 1,
      ...answer,
    });
  };
  if (decision.kind === 'answer') {
    record({ status: decision.status, by: decision.by, latencyMs: 0 });
    return page(decision);
  }
  const answered = await fromTarget(decision, facts, init);
  if (answered === undefined) {
    record({ status: 502, by: 'loadBalancer', latencyMs: 0 });
    return page(errorAnswer(502, decision.group));
  }
  record({ status: answered.response.status, by: 'target', latencyMs: answered.latencyMs });
  return answered.response;
};

/** `Headers` drops `host` in no runtime that is known, but plain records are the usual form: both are read. */
const headersOf = (init: RequestInit): Record<string, string> => {
  const { headers } = init;
  if (headers === undefined) return {};
  const entries =
    headers instanceof Headers
      ? [...headers]
      : Array.isArray(headers)
        ? headers
        : Object.entries(headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [String(name).toLowerCase(), String(value)]),
  );
};

const page = (answer: Extract<Decision, { kind: 'answer' }>): Response =>
  new Response(answer.body, { status: answer.status, headers: answer.headers });

const fromTarget = async (
  { workload }: Extract<Decision, { kind: 'forward' }>,
  facts: { path: string; method: string; headers: Record<string, string>; host: string },
  init: RequestInit,
): Promise<Answered | undefined> => {
  if (workload?.answers) {
    const probed = await workload.probe(facts.path, 1000);
    if (probed === 'refused') return undefined;
    const [answer = { status: 200, latencyMs: 0, count: 1 }] = workload.answers(1);
    // What is not ready answers so on any path, as its probe does.
    const status = answer.status === 200 && probed === 503 ? 503 : answer.status;
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (workload.version) headers['x-version'] = workload.version;
    return { response: new Response('{}', { status, headers }), latencyMs: answer.latencyMs };
  }
  if (workload?.address === undefined) return undefined;
  const elapsed = stopwatch();
  const body = init.body ? Buffer.from(await new Response(init.body).arrayBuffer()) : undefined;
  const { address } = workload;
  return new Promise((resolve) => {
    const forwarded = request(
      {
        ...address,
        method: facts.method,
        path: facts.path,
        headers: { ...facts.headers, host: facts.host },
        timeout: 60_000,
      },
      (received) => {
        const chunks: Buffer[] = [];
        received.on('data', (chunk: Buffer) => chunks.push(chunk));
        received.on('error', () => resolve(undefined));
        received.on('end', () => {
          const status = received.statusCode ?? 502;
          const plain = Object.entries(received.headers).flatMap(
            ([name, value]): [string, string][] =>
              typeof value === 'string' ? [[name, value]] : [],
          );
          const content = [204, 304].includes(status) ? null : Buffer.concat(chunks);
          resolve({
            response: new Response(content, { status, headers: plain }),
            latencyMs: elapsed(),
          });
        });
      },
    );
    forwarded.on('error', () => resolve(undefined));
    forwarded.on('timeout', () => forwarded.destroy());
    forwarded.end(body);
  });
};
