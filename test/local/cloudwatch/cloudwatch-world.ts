import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, type EmittedEvent, operatorOf } from '../../../local/cloud.ts';
import {
  type CloudWatchService,
  cloudwatchModule,
} from '../../../local/services/cloudwatch/module.ts';
import type { Place, ServiceModule } from '../../../local/services/service.ts';

/** A round minute to start from. */
export const START = Date.UTC(2026, 0, 1);
/** Where the tests live. */
export const place: Place = { account: '111111111111', region: 'eu-west-1' };

/** A cloud with CloudWatch and whatever else a test needs. */
export const makeWorld = (more: readonly ServiceModule[] = []) => {
  const clock = new VirtualClock(START);
  const cloud = new Cloud({ clock, seed: 1, modules: [cloudwatchModule, ...more] });
  const events: EmittedEvent[] = [];
  cloud.onEvent((event) => events.push(event));
  const context = { ...place, principal: operatorOf(place.account) };
  return {
    clock,
    cloud,
    events,
    service: cloud.service<CloudWatchService>('cloudwatch', place),
    // biome-ignore lint/suspicious/noExplicitAny: tests look at many different answers
    call: (operation: string, input: unknown): Promise<any> =>
      cloud.call('cloudwatch', operation, input, context),
  };
};
