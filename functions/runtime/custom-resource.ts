import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { InputRefused } from '../domain/errors.ts';
import { readEnv } from './env.ts';
import { handle, misfits, type World } from './handle.ts';

const Event = z.looseObject({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()),
  OldResourceProperties: z.record(z.string(), z.unknown()).optional(),
});
type Event = z.infer<typeof Event>;

const Answer = z.object({ status: z.enum(['SUCCESS', 'FAILED']), reason: z.string() });

/** What a custom resource is after it was made or changed. */
export interface Made {
  /** `Ref`; another one after an update asks CloudFormation to delete the old resource. */
  readonly physicalId: string;
  /** `Fn::GetAtt`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

interface Existing<P> {
  readonly physicalId: string;
  /** null where the old properties do not have today's shape. */
  readonly properties: P | null;
}

interface Definition<P extends z.ZodType, E extends z.ZodObject> {
  readonly properties: P;
  readonly env: E;
  create(world: World<z.output<E>>, properties: z.output<P>): Promise<Made>;
  update(
    world: World<z.output<E>>,
    properties: z.output<P>,
    existing: Existing<z.output<P>>,
  ): Promise<Made>;
  remove(world: World<z.output<E>>, existing: Existing<z.output<P>>): Promise<void>;
}

/** What failed to be made has this id; CloudFormation then asks for its deletion, and there is nothing to delete. */
const NEVER_MADE = 'never-made';
/** CloudFormation takes answers of at most 4 KB. */
const REASON_MAX = 1_000;

/** Makes the Lambda handler of a custom resource: whatever happens, CloudFormation gets its answer. */
export const customResource = <P extends z.ZodType, E extends z.ZodObject>(
  definition: Definition<P, E>,
): ((event: unknown, context: Context) => Promise<z.output<typeof Answer>>) =>
  handle({
    input: Event,
    output: Answer,
    // Read further below, where a missing variable still becomes an answer.
    env: z.object({}),
    run: (world) => async (event) => {
      const made = await attempt(definition, world, event);
      await answer(world, event, made);
      return { status: made.status, reason: made.reason };
    },
  });

type Outcome =
  | ({ readonly status: 'SUCCESS'; readonly reason: '' } & Made)
  | { readonly status: 'FAILED'; readonly reason: string; readonly physicalId: string };

const attempt = async <P extends z.ZodType, E extends z.ZodObject>(
  definition: Definition<P, E>,
  world: World,
  event: Event,
): Promise<Outcome> => {
  try {
    const made = await act(definition, world, event);
    return { status: 'SUCCESS', reason: '', ...made };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    const words = error instanceof Error ? error.message : String(error);
    world.log.error(`${event.RequestType} of ${event.LogicalResourceId} failed`, error as Error);
    return {
      status: 'FAILED',
      reason: `${name}: ${words}`.slice(0, REASON_MAX),
      physicalId: event.PhysicalResourceId ?? NEVER_MADE,
    };
  }
};

const act = async <P extends z.ZodType, E extends z.ZodObject>(
  definition: Definition<P, E>,
  plain: World,
  event: Event,
): Promise<Made> => {
  const physicalId = event.PhysicalResourceId ?? NEVER_MADE;
  if (event.RequestType === 'Delete' && physicalId === NEVER_MADE) return { physicalId };
  const env = readEnv(definition.env, plain.runtime.env);
  const world: World<z.output<E>> = { ...plain, env };
  if (event.RequestType === 'Delete') {
    const properties = definition.properties.safeParse(own(event.ResourceProperties)).data ?? null;
    await definition.remove(world, { physicalId, properties });
    return { physicalId };
  }
  const parsed = definition.properties.safeParse(own(event.ResourceProperties));
  if (!parsed.success) {
    throw new InputRefused(
      `the properties of ${event.LogicalResourceId} do not have their shape: ${misfits(parsed.error, event.ResourceProperties)}`,
    );
  }
  if (event.RequestType === 'Create') return definition.create(world, parsed.data);
  const old = definition.properties.safeParse(own(event.OldResourceProperties ?? {})).data ?? null;
  return definition.update(world, parsed.data, { physicalId, properties: old });
};

/** CloudFormation's own entries are not ours. */
const own = (properties: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(properties).filter(
      ([key]) => key !== 'ServiceToken' && key !== 'ServiceTimeout',
    ),
  );

/** A PUT to the presigned URL, as https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html says. */
const answer = async ({ runtime }: World, event: Event, outcome: Outcome): Promise<void> => {
  const body = JSON.stringify({
    Status: outcome.status,
    Reason: outcome.reason === '' ? 'done' : outcome.reason,
    PhysicalResourceId: outcome.physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: outcome.status === 'SUCCESS' ? (outcome.attributes ?? {}) : {},
  });
  const response = await runtime.fetch(event.ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body,
  });
  if (!response.ok) {
    throw new Error(`CloudFormation's answer address said ${response.status}`);
  }
};
