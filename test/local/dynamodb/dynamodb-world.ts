import type { InProcessClient } from '../../../local/client.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { type DynamodbService, dynamodbModule } from '../../../local/services/dynamodb/module.ts';
import type { TableInput } from '../../../local/services/dynamodb/table-definition.ts';

export const ACCOUNT = '111111111111';
export const START = Date.UTC(2026, 0, 15, 12);

export interface AwsFailure {
  readonly name: string;
  readonly message: string;
  readonly Item?: unknown;
  readonly CancellationReasons?: readonly unknown[];
}

/** Each operation has its own output. */
type Output = Awaited<ReturnType<InProcessClient['send']>>;

/** A cloud with nothing but DynamoDB in two Regions. */
export const dynamodbWorld = () => {
  const clock = new VirtualClock(START);
  const cloud = new Cloud({ clock, seed: 1, modules: [dynamodbModule] });
  const principal = operatorOf(ACCOUNT);
  const place = (region = 'eu-central-1') => ({ account: ACCOUNT, region });
  const service = (region?: string) => cloud.service<DynamodbService>('dynamodb', place(region));
  const call = (operation: string, input: unknown, region?: string): Promise<Output> =>
    cloud.call('dynamodb', operation, input, { ...place(region), principal });
  const failure = async (operation: string, input: unknown): Promise<AwsFailure> => {
    try {
      await call(operation, input);
    } catch (error) {
      return error as AwsFailure;
    }
    throw new Error(`${operation} succeeded, but had to fail`);
  };
  const resource = (logicalId: string) => ({
    ...place(),
    stackName: 'stack',
    stackId: `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/stack/1`,
    logicalId,
    cloud,
    principal,
  });
  return { clock, cloud, service, call, failure, resource };
};

/** A table `things` with partition key `pk` and sort key `sk`, both strings. */
export const THINGS: TableInput = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
};
