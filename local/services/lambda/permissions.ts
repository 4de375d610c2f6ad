import type { FunctionRecord, PolicyStatement } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { checkRevision, resourceConflict, resourceNotFound } from './lambda-errors.ts';
import { cloneStatement } from './policy-statement.ts';

/** The resource policies of functions, versions and aliases. */
export class Permissions {
  readonly #store: FunctionStore;

  constructor(store: FunctionStore) {
    this.#store = store;
  }

  add(
    record: FunctionRecord,
    qualifier: string | undefined,
    statement: PolicyStatement,
    revisionId?: string,
  ): void {
    this.#checkRevision(record, qualifier, revisionId);
    const key = qualifier ?? '';
    const statements = record.policies.get(key) ?? [];
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw resourceConflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    record.policies.set(key, [...statements, cloneStatement(statement)]);
  }

  remove(
    record: FunctionRecord,
    qualifier: string | undefined,
    sid: string,
    revisionId?: string,
  ): void {
    this.#checkRevision(record, qualifier, revisionId);
    const key = qualifier ?? '';
    const statements = record.policies.get(key) ?? [];
    if (!statements.some((statement) => statement.Sid === sid)) {
      throw resourceNotFound(`Statement ${sid} is not found in resource policy.`);
    }
    record.policies.set(
      key,
      statements.filter((statement) => statement.Sid !== sid),
    );
  }

  /** The policy as JSON; `undefined` where there is none. */
  policyOf(record: FunctionRecord, qualifier: string | undefined): string | undefined {
    const statements = record.policies.get(qualifier ?? '') ?? [];
    if (statements.length === 0) return undefined;
    return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
  }

  #checkRevision(record: FunctionRecord, qualifier: string | undefined, given?: string): void {
    if (qualifier === undefined || qualifier === '$LATEST') {
      checkRevision(record.latest.revisionId, given);
      return;
    }
    const alias = record.aliases.get(qualifier);
    checkRevision((alias ?? this.#store.version(record, qualifier)).revisionId, given);
  }
}
