import { createServer, request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { FastClock } from '../../../local/clock/fast-clock.ts';
import { networkOf } from '../../../local/traffic/network.ts';
import { LoadBalancerProxy } from '../../../local/traffic/proxy.ts';
import { place, testCloud, weightedRoute } from './test-cloud.ts';

// Goal: a target that is deregistered ends what it has, gets nothing new, and is cut off when the deregistration delay is over.

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const launch = async (seconds: number) => {
  const clock = new FastClock({ speed: 20 });
  cleanups.push(() => clock.stop());
  const world = testCloud({ clock });
  const route = await weightedRoute(world);
  const call = (operation: string, input: object) =>
    world.call('elasticloadbalancingv2', operation, input);
  const after = (delay: number) =>
    new Promise<void>((resolve) => void clock.at(clock.now() + delay * 1000, resolve));
  await call('ModifyTargetGroupAttributes', {
    TargetGroupArn: route.blue,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: String(seconds) }],
  });
  let arrived = 0;
  const server = createServer((incoming, outgoing) => {
    arrived += 1;
    void after(Number(incoming.url?.slice(1))).then(() => outgoing.end('late'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.closeAllConnections());
  cleanups.push(() => server.close());
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const address = { host: '127.0.0.1', port };
  networkOf(world.cloud, place).open('10.0.1.1', 8080, { labels: {}, address, probe: () => 200 });
  const Targets = [{ Id: '10.0.1.1' }];
  await call('RegisterTargets', { TargetGroupArn: route.blue, Targets });
  await after(2);
  const { loadBalancerArn } = route;
  const proxy = new LoadBalancerProxy({ cloud: world.cloud, place, loadBalancerArn });
  cleanups.push(() => proxy.close());
  const front = await proxy.listen();
  const get = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'shop.example.com' };
      const asked = request({ host: '127.0.0.1', port: front, path, headers }, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      });
      asked.once('error', reject).end();
    });
  const arrival = async (count: number): Promise<void> => {
    while (arrived < count) await after(0.2);
  };
  const deregister = () => call('DeregisterTargets', { TargetGroupArn: route.blue, Targets });
  return { get, arrival, deregister };
};

test('draining: what is under way ends, what comes later goes elsewhere', async () => {
  const { get, arrival, deregister } = await launch(30);
  const slow = get('/8');
  await arrival(1);
  await deregister();
  expect(await get('/0')).toBe(503);
  expect(await slow).toBe(200);
});

test('draining: what outlasts the deregistration delay is cut', async () => {
  const { get, arrival, deregister } = await launch(4);
  const slow = get('/60');
  await arrival(1);
  await deregister();
  expect(await slow).toBe(502);
});
