import type { Principal } from '../services/service.ts';
import { conditionsHold, type RequestKeys } from './conditions.ts';
import {
  asList,
  fits,
  type PolicyDocument,
  type PrincipalBlock,
  type Statement,
} from './document.ts';

/**
 * Whether a principal is the one that a statement names. Naming an account (or its root) hands the
 * decision to that account's own policies, so every principal of it fits here.
 */
const isNamed = (block: PrincipalBlock | undefined, principal: Principal): boolean => {
  if (block === undefined) return false;
  if (block === '*') return true;
  const service = asList(block['Service']).includes(principal.arn);
  const aws = asList(block['AWS']).some(
    (name) =>
      name === '*' ||
      name === principal.account ||
      name === `arn:aws:iam::${principal.account}:root` ||
      name === principal.arn ||
      name === principal.roleArn,
  );
  return service || aws;
};

const speaksOf = (statement: Statement, principal: Principal, action: string): boolean => {
  const { NotAction, NotPrincipal } = statement;
  const actions = asList(statement.Action);
  const inActions =
    NotAction === undefined
      ? actions.some((pattern) => fits(pattern, action, true))
      : !asList(NotAction).some((pattern) => fits(pattern, action, true));
  const named =
    NotPrincipal === undefined
      ? isNamed(statement.Principal, principal)
      : !isNamed(NotPrincipal, principal);
  return inActions && named;
};

/** Whether a role's trust policy lets `principal` do `action`: some statement allows it and none denies it. */
export const isTrusted = (
  document: PolicyDocument,
  principal: Principal,
  action: string,
  keys: RequestKeys,
): boolean => {
  const request = {
    'aws:PrincipalArn': principal.roleArn ?? principal.arn,
    'aws:PrincipalAccount': principal.account,
    ...keys,
  };
  const applying = asList(document.Statement).filter(
    (statement) =>
      speaksOf(statement, principal, action) && conditionsHold(statement.Condition, request),
  );
  return (
    applying.some(({ Effect }) => Effect === 'Allow') &&
    !applying.some(({ Effect }) => Effect === 'Deny')
  );
};
