import { describe, expect, test } from 'vitest';
import {
  type Budget,
  type BudgetStatus,
  budgetDoubt,
  budgetFindings,
  budgetReport,
  budgetsBefore,
  budgetsDue,
  budgetWords,
  newlyBreached,
} from '../../functions/domain/budget.ts';

const NOW = Date.UTC(2026, 0, 1);
const budget = (status: BudgetStatus, over: Partial<Budget> = {}): Budget => ({
  slo: 'checkout-availability',
  status,
  attainment: 99.5,
  goal: 99.9,
  left: { amount: -12, of: 30, unit: 'requests' },
  ...over,
});
const seen = (status: BudgetStatus) => budgetReport([budget(status)], NOW);
const stood = (status: BudgetStatus) => budgetsBefore([budget(status)]);

describe('budgets: before a rollout', () => {
  test.each<[BudgetStatus, string]>([
    ['OK', 'nothing'],
    ['WARNING', 'nothing'],
    ['BREACHED', 'inconclusive'],
    ['INSUFFICIENT_DATA', 'inconclusive'],
    ['missing', 'fail'],
  ])('%s: %s', (status, verdict) => {
    const [finding] = budgetFindings([budget(status)], true);
    expect(finding?.verdict ?? 'nothing').toBe(verdict);
  });

  test('a spent one says its numbers; unread ones hold; silence before a first release is no fault', () => {
    expect(budgetFindings([budget('BREACHED')], true)).toMatchObject([
      {
        check: 'slos',
        subject: 'checkout-availability',
        reason:
          'the error budget of checkout-availability is BREACHED (99.5 % of 99.9 %, -12 of 30 requests left)',
      },
    ]);
    expect(budgetFindings(null, true)).toMatchObject([{ verdict: 'inconclusive' }]);
    expect(budgetFindings([budget('INSUFFICIENT_DATA')], false)).toEqual([]);
    expect(budgetFindings([budget('BREACHED')], false)).toHaveLength(1);
  });

  test('a budget without numbers has none in its words', () => {
    expect(budgetWords(budget('BREACHED', { attainment: null, left: null }))).toBe(
      'the error budget of checkout-availability is BREACHED',
    );
  });
});

describe('budgets: while a rollout runs', () => {
  const effect = (now: BudgetStatus | null | undefined, then: BudgetStatus): string => {
    const sight = now === null || now === undefined ? now : seen(now);
    if (newlyBreached(sight, stood(then)).length > 0) return 'rollBack';
    return budgetDoubt(sight, stood(then)) === null ? 'allows' : 'holds';
  };

  test.each<[BudgetStatus | null | undefined, BudgetStatus, string]>([
    ['OK', 'OK', 'allows'],
    ['OK', 'BREACHED', 'allows'],
    ['WARNING', 'OK', 'holds'],
    ['WARNING', 'WARNING', 'allows'],
    ['WARNING', 'BREACHED', 'allows'],
    ['BREACHED', 'OK', 'rollBack'],
    ['BREACHED', 'WARNING', 'rollBack'],
    ['BREACHED', 'BREACHED', 'allows'],
    ['INSUFFICIENT_DATA', 'OK', 'holds'],
    ['INSUFFICIENT_DATA', 'BREACHED', 'holds'],
    ['missing', 'OK', 'holds'],
    [null, 'OK', 'holds'],
    [undefined, 'OK', 'allows'],
  ])('%s now, %s before: %s', (now, then, expected) => {
    expect(effect(now, then)).toBe(expected);
  });

  test('are read every five minutes', () => {
    expect(budgetsDue(null, NOW)).toBe(true);
    expect(budgetsDue(seen('OK'), NOW + 299_000)).toBe(false);
    expect(budgetsDue(seen('OK'), NOW + 300_000)).toBe(true);
  });
});
