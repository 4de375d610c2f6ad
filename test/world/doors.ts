import { readFileSync } from 'node:fs';
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { machineArn, names } from '../../config/names.ts';
import type { CloudWatchService } from '../../local/services/cloudwatch/cloudwatch.ts';
import type { CodebuildService } from '../../local/services/codebuild/codebuild-service.ts';
import type { EcrService } from '../../local/services/ecr/ecr-service.ts';
import type { EksService } from '../../local/services/eks/eks-service.ts';
import type { EventBridgeService } from '../../local/services/eventbridge/eventbridge-service.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { SqsService } from '../../local/services/sqs/sqs-service.ts';
import type { World } from './world.ts';

type Noun = 'release' | 'rollout' | 'rollback';

/** How an execution has ended. */
export interface ExecutionEnd {
  readonly executionArn: string;
  readonly status: string;
  readonly output: Record<string, unknown>;
  readonly error: string | null;
  readonly cause: string | null;
}

/** The home place's services, as what stands around Slipway's doors. */
export const around = ({ cloud, home }: Pick<World, 'cloud' | 'home'>) => ({
  bus: cloud.service<EventBridgeService>('eventbridge', home),
  registry: cloud.service<EcrService>('ecr', home),
  builds: cloud.service<CodebuildService>('codebuild', home),
  functions: cloud.service<LambdaService>('lambda', home),
  queues: cloud.service<SqsService>('sqs', home),
  watch: cloud.service<CloudWatchService>('cloudwatch', home),
});

/** Starts a machine by hand; text is sent as it is. */
export const startByHand = async (world: World, noun: Noun, input: unknown): Promise<string> => {
  const { executionArn = '' } = await world.during(
    world.client().send(
      new StartExecutionCommand({
        stateMachineArn: machineArn(world.home, noun),
        input: typeof input === 'string' ? input : JSON.stringify(input),
      }),
    ),
  );
  return executionArn;
};

/** Lets time pass until an execution has ended. */
export const executionEnd = (world: World, executionArn: string): Promise<ExecutionEnd> =>
  world.until(`${executionArn} has ended`, async () => {
    const found = await world.client().send(new DescribeExecutionCommand({ executionArn }));
    if (found.status === 'RUNNING') return undefined;
    return {
      executionArn,
      status: found.status ?? 'none',
      output: JSON.parse(found.output ?? '{}') as Record<string, unknown>,
      error: found.error ?? null,
      cause: found.cause ?? null,
    };
  });

/** Starts a machine by hand and waits for its end. */
export const byHand = async (world: World, noun: Noun, input: unknown): Promise<ExecutionEnd> =>
  executionEnd(world, await startByHand(world, noun, input));

/** The names of a machine's executions, oldest first. */
export const executionsOf = async (world: World, noun: Noun): Promise<string[]> => {
  const { executions = [] } = await world
    .client()
    .send(new ListExecutionsCommand({ stateMachineArn: machineArn(world.home, noun) }));
  return executions.map(({ name = '' }) => name).reverse();
};

const KINDS = ['Deployment', 'ReplicaSet', 'Pod', 'Service', 'Job', 'TargetGroupBinding'];

/** All that a door could leave behind: rows of both tables, objects of all clusters. */
export interface Traces {
  readonly ledger: readonly string[];
  readonly held: readonly string[];
  readonly objects: readonly string[];
}

const rows = async (world: World, TableName: string): Promise<Record<string, AttributeValue>[]> => {
  const { Items = [] } = await world
    .client()
    .send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items;
};

/** Everything that is there now; compared with itself later, it shows what was left behind. */
export const traces = async (world: World): Promise<Traces> => {
  const ledger = (await rows(world, names.ledgerTable)).map((item) => JSON.stringify(item));
  const locks = await rows(world, names.locksTable);
  const held = locks
    .filter((lock) => lock['owner']?.S !== undefined)
    .map((lock) => lock['pk']?.S ?? '');
  const objects = Object.values(world.configuration.environments).flatMap((environment) =>
    Object.values(world.configuration.regions).flatMap((region = '') => {
      const { clusters } = world.cloud.service<EksService>('eks', {
        account: environment.account,
        region,
      });
      if (!clusters.names.includes(environment.cluster)) return [];
      const { store } = clusters.get(environment.cluster).kubernetes;
      return KINDS.flatMap((kind) =>
        store
          .list(kind)
          .map(({ metadata }) => `${region} ${environment.cluster} ${kind} ${metadata.name}`),
      );
    }),
  );
  return { ledger: ledger.sort(), held: held.sort(), objects: objects.sort() };
};

/** A documented sample of an event. */
export const documented = (name: string): { detail: Record<string, unknown> } =>
  JSON.parse(readFileSync(new URL(`../fixtures/events/${name}.json`, import.meta.url), 'utf8'))
    .event;

/** The documented event of a push, with this image in place of the sample's. */
export const pushEvent = (
  world: World,
  digest: string,
  tag: string,
  repository = 'shop/checkout',
) => {
  const sample = documented('image-pushed');
  return {
    ...sample,
    ...world.home,
    id: world.cloud.uuid(),
    time: new Date(world.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    detail: {
      ...sample.detail,
      'repository-name': repository,
      'image-digest': digest,
      'image-tag': tag,
    },
  };
};

/** Puts an event onto the default bus, exactly as it is. */
export const onBus = (world: World, event: object): void =>
  around(world).bus.receive(event as never, 'default');

/** Puts a message into the intake's queue, exactly as it is. */
export const onQueue = (world: World, body: string | object): void => {
  around(world).queues.send(
    names.intakeQueue,
    typeof body === 'string' ? body : JSON.stringify(body),
  );
};

/** The bodies of the messages in the intake's dead-letter queue. */
export const deadLetters = (world: World): string[] =>
  around(world)
    .queues.queue(names.intakeDeadLetters)
    .messages()
    .map(({ body }) => body);
