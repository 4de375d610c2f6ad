import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { TransientFailure } from '../domain/errors.ts';
import type { Bus } from '../ports/bus.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';

interface BusWorld {
  readonly runtime: Runtime;
  readonly env: { readonly BUS_NAME: string };
}

/** Slipway's bus on EventBridge. */
export const busOf = ({ runtime, env }: BusWorld): Bus => {
  const client = aws(runtime)(EventBridgeClient);
  return {
    tell: async ({ source, detailType, detail }) => {
      const { FailedEntryCount, Entries } = await client.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: env.BUS_NAME,
              Source: source,
              DetailType: detailType,
              Detail: JSON.stringify(detail),
              Time: new Date(runtime.now()),
            },
          ],
        }),
      );
      // PutEvents answers 200 and says inside what it did not take.
      if ((FailedEntryCount ?? 0) === 0) return;
      const [entry] = Entries ?? [];
      throw new TransientFailure(
        `the bus did not take ${detailType}: ${entry?.ErrorCode}: ${entry?.ErrorMessage}`,
      );
    },
  };
};
