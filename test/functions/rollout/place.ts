import { operatorOf } from '../../../local/cloud.ts';
import type { Place } from '../../../local/services/service.ts';

/** Where everything of these tests is: one account plays the pipeline's and the target's. */
export const PLACE: Place = { account: '333333333333', region: 'eu-west-1' };
const { account, region } = PLACE;
export const CONTEXT = { ...PLACE, principal: operatorOf(account) };

export const arn = (service: string, rest: string): string =>
  `arn:aws:${service}:${region}:${account}:${rest}`;
export const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const functionArn = (name: string): string => arn('lambda', `function:${name}`);
export const machineArn = (noun: string): string =>
  arn('states', `stateMachine:slipway-${noun}:live`);

/** An answer of any operation: tests look at many different ones. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Answer = any; // oxlint-disable-line typescript/no-explicit-any

/** Calls an operation as the account's owner. */
export type Ask = (service: string, operation: string, input?: object) => Promise<Answer>;
