import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ConfiguredTarget } from '../../config/targets.ts';

/**
 * The service level objectives that a target watches. An objective counts users' requests, so only where users are and traffic
 * shifts; one that is named by its ARN only in the account and Region that the ARN names.
 */
export const slosOf = (target: ConfiguredTarget): string[] => {
  if (!target.servesUsers || target.colors === 1) return [];
  const here = `:application-signals:${target.region}:${target.account}:slo/`;
  return target.settings.analysis.slos.filter(
    (slo) => !slo.startsWith('arn:') || slo.includes(here),
  );
};

/** Reading their budgets, and nothing else of Application Signals; null where none are watched. */
export const budgetStatement = (target: ConfiguredTarget): PolicyStatement | null => {
  const slos = slosOf(target);
  if (slos.length === 0) return null;
  return new PolicyStatement({
    actions: ['application-signals:BatchGetServiceLevelObjectiveBudgetReport'],
    resources: slos.map((slo) =>
      slo.startsWith('arn:')
        ? slo
        : `arn:aws:application-signals:${target.region}:${target.account}:slo/${slo}`,
    ),
  });
};
