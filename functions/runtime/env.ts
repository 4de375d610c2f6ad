import { z } from 'zod';
import { ConfigurationMissing } from '../domain/errors.ts';

const name = z.string().min(1);
const arn = z.string().startsWith('arn:');

const pipeline = z.object({
  LEDGER_TABLE: name,
  LOCKS_TABLE: name,
  RELEASE_MACHINE_ARN: arn,
  ROLLOUT_MACHINE_ARN: arn,
  ROLLBACK_MACHINE_ARN: arn,
  BUS_NAME: name,
});

const none = z.object({});
const ledger = pipeline.pick({ LEDGER_TABLE: true });
const records = pipeline.pick({ LEDGER_TABLE: true, LOCKS_TABLE: true });
const telling = pipeline.pick({ LEDGER_TABLE: true, LOCKS_TABLE: true, BUS_NAME: true });
const starting = pipeline.pick({
  LEDGER_TABLE: true,
  LOCKS_TABLE: true,
  ROLLBACK_MACHINE_ARN: true,
  BUS_NAME: true,
});

/** What each handler reads of its environment, by its file. The templates are held to it by a test. */
export const environments = {
  'release/intake': pipeline.pick({ LEDGER_TABLE: true, RELEASE_MACHINE_ARN: true }),
  'release/reconcile': pipeline,
  'release/accept-release': ledger,
  'release/enter-environment': records,
  'release/conclude-release': telling,
  'release/lift-quarantine': pipeline.pick({ LEDGER_TABLE: true, BUS_NAME: true }),
  'release/register': z.object({
    LEDGER_TABLE: name,
    LEDGER_REGION: name,
    LEDGER_ROLE_ARN: arn,
    LEDGER_EXTERNAL_ID: name,
  }),
  'gate/resolve-image': ledger,
  'gate/check-scan': ledger,
  'rollout/acquire-lock': records,
  'rollout/preflight': records,
  'rollout/refuse-rollout': telling,
  'rollout/apply-workload': none,
  'rollout/check-workload': none,
  'rollout/scale-workload': none,
  'rollout/smoke-test': none,
  'rollout/probe': none,
  'rollout/check-capacity': records,
  'rollout/publish-pointer': records,
  'rollout/place-first': records,
  'rollout/create-deployment': records,
  'rollout/tick': telling,
  'rollout/conclude-rollout': telling,
  'rollout/keep-warm': records,
  'rollout/answer-hook': z.object({
    FAST_PATH_TABLE: name,
    TARGET_ID: name,
    STAGE: z.enum(['before', 'after']),
  }),
  'rollout/release-pointer': z.object({
    RELEASE_ID: name,
    DIGEST: name,
    CONFIG_DIGEST: name,
    COLOR: name,
    TOKEN: name,
    ROLLOUT_ID: name,
  }),
  'rollout/own-route': none,
  'rollback/request-rollback': starting,
  'rollback/claim-rollback': starting,
  'rollback/override-traffic': records,
  'rollback/stop-deployment': records,
  'rollback/publish-earlier': records,
  'rollback/abandon-rollback': telling,
  'rollback/restore-stable': records,
  'rollback/quiesce-rollout': records,
  'rollback/lift-override': records,
  'rollback/conclude-rollback': telling,
  'rollback/record-stuck': telling,
  'rollback/record-alarm': ledger,
  'rollback/attribute-alarm': starting,
  'rollback/alarm-fast-path': z.object({
    FAST_PATH_TABLE: name,
    TARGET_ID: name,
    PIPELINE_BUS_ARN: arn,
  }),
} as const;

/** Reads a function's environment; what is missing is named. */
export const readEnv = <S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigurationMissing(
    `the function's environment is not as deployed (${wrong.join('; ')}); deploy its stack again`,
  );
};
