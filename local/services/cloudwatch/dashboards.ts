import { AwsError } from '../aws-error.ts';
import type { Place } from '../service.ts';

interface Stored {
  readonly body: string;
  readonly at: number;
}

/** Dashboards are kept as they come; nobody draws them here. */
export class Dashboards {
  readonly #stored = new Map<string, Stored>();
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  #arn(name: string): string {
    return `arn:aws:cloudwatch::${this.#place.account}:dashboard/${name}`;
  }

  /** Creates or replaces a dashboard. */
  put(name: string, body: string, now: number): void {
    try {
      JSON.parse(body);
    } catch {
      throw new AwsError(
        'DashboardInvalidInputError',
        'The field DashboardBody must be a valid JSON object',
        {
          members: { dashboardValidationMessages: [{ Message: 'The body is not JSON.' }] },
        },
      );
    }
    this.#stored.set(name, { body, at: now });
  }

  /** One dashboard. */
  get(name: string) {
    const found = this.#stored.get(name);
    if (!found) throw this.#absent(name);
    return { DashboardName: name, DashboardArn: this.#arn(name), DashboardBody: found.body };
  }

  /** All dashboards whose names start so. */
  list(prefix: string) {
    return [...this.#stored]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { body, at }]) => ({
        DashboardName: name,
        DashboardArn: this.#arn(name),
        LastModified: new Date(at),
        Size: body.length,
      }));
  }

  /** Deletes dashboards: all or, if one isn't there, none. */
  remove(names: readonly string[]): void {
    for (const name of names) if (!this.#stored.has(name)) throw this.#absent(name);
    for (const name of names) this.#stored.delete(name);
  }

  #absent(name: string): AwsError {
    return new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, {
      status: 404,
    });
  }
}
