import { z } from 'zod';
import { Duration } from './duration.ts';
import { names } from './names.ts';

const Percent = z.int().min(1).max(99);
const WholeMinutes = Duration.refine((seconds) => seconds > 0 && seconds % 60 === 0, {
  error: 'whole minutes, because shifts go by the minute',
});

const Schedule = z.strictObject({ step: Percent, every: WholeMinutes });
const Steps = z
  .array(z.strictObject({ to: Percent, hold: WholeMinutes }))
  .min(1)
  .max(20)
  .refine((steps) => steps.every(({ to }, index) => to > (steps[index - 1]?.to ?? 0)), {
    error: 'steps that rise, each `to` above the one before: a shift never takes a share back',
  });

/** How an environment's traffic gets onto a release. */
export const StrategySetting = z.union(
  [
    z.enum(['rolling', 'recreate', 'allAtOnce', 'blueGreen']),
    z.strictObject({ canary: Schedule }),
    z.strictObject({ linear: Schedule }),
    z.strictObject({ steps: Steps }),
  ],
  {
    error:
      'one of "rolling", "recreate", "allAtOnce", "blueGreen", { canary: { step, every } }, { linear: { step, every } }, { steps: [{ to, hold }, …] }',
  },
);
type StrategySetting = z.output<typeof StrategySetting>;

/** Who moves the release pointer's alias: CodeDeploy, or the rollout by a schedule of its own. */
export const ShiftSetting = z.enum(['codeDeploy', 'schedule']);

/** A strategy as a target follows it. */
export type TargetStrategy =
  | { readonly kind: 'rolling' | 'recreate' | 'allAtOnce' | 'blueGreen' }
  | { readonly kind: 'canary'; readonly percent: number; readonly everySeconds: number }
  | { readonly kind: 'linear'; readonly stepPercent: number; readonly everySeconds: number }
  | {
      readonly kind: 'steps';
      readonly steps: readonly { readonly percent: number; readonly holdSeconds: number }[];
    };

/** The strategy that a setting asks for. A standby can give no evidence of its own, so there is nothing to shift in steps for. */
export const strategyOf = (
  setting: StrategySetting,
  wave: 'primary' | 'standby',
): TargetStrategy => {
  if (setting === 'rolling' || setting === 'recreate') return { kind: setting };
  if (wave === 'standby') return { kind: 'blueGreen' };
  if (typeof setting === 'string') return { kind: setting };
  if ('canary' in setting)
    return { kind: 'canary', percent: setting.canary.step, everySeconds: setting.canary.every };
  if ('linear' in setting)
    return { kind: 'linear', stepPercent: setting.linear.step, everySeconds: setting.linear.every };
  return {
    kind: 'steps',
    steps: setting.steps.map(({ to, hold }) => ({ percent: to, holdSeconds: hold })),
  };
};

/** How many slots a strategy fills: Kubernetes replaces in one, everything else shifts between two. */
export const colorsOf = ({ kind }: TargetStrategy): 1 | 2 =>
  kind === 'rolling' || kind === 'recreate' ? 1 : 2;

/** The custom CodeDeploy configuration that a strategy needs; null: CodeDeploy has one ready, or does not shift it. */
export const customConfigurationOf = (strategy: TargetStrategy): string | null => {
  if (strategy.kind === 'canary')
    return names.deploymentConfiguration('canary', strategy.percent, strategy.everySeconds / 60);
  if (strategy.kind === 'linear')
    return names.deploymentConfiguration(
      'linear',
      strategy.stepPercent,
      strategy.everySeconds / 60,
    );
  return null;
};

/** Seconds from the first share to all of it. */
export const scheduleSeconds = (strategy: TargetStrategy): number => {
  switch (strategy.kind) {
    case 'canary':
      return strategy.everySeconds;
    case 'linear':
      return (Math.ceil(100 / strategy.stepPercent) - 1) * strategy.everySeconds;
    case 'steps':
      return strategy.steps.reduce((sum, { holdSeconds }) => sum + holdSeconds, 0);
    default:
      return 0;
  }
};
